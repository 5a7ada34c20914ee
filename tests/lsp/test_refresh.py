"""Diagnostics that depend on other files: they follow each change once typing pauses, and move with their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import languages
from unspill.lsp.projects import _moved
from unspill.model import Span
from unspill.pipeline import project

from tests.cli import write
from tests.helpers import document_of, finding_at
from tests.lsp.harness import Editor

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.document import Document

READ = "import os\nos.environ['A_KEY']\n"
TEMPLATE = ".env.example"


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A Space whose code reads a name that it declares, and one that it does not."""
    write(tmp_path, {"README.md": "---\nsdk: gradio\n---\n", "app.py": f"{READ}os.environ['B_KEY']\n"})
    write(tmp_path, {TEMPLATE: "B_KEY=\n", ".git/HEAD": "ref: refs/heads/main\n", "lib.py": "x = 1\n"})
    return tmp_path


def rules(editor: Editor, path: Path) -> list[tuple[str, int]]:
    """The ids and the 0-based lines of what is shown in a file."""
    return [(one["code"], one["range"]["start"]["line"]) for one in editor.settled(path.as_uri())]


@pytest.mark.parametrize("client", ["vscode", "neovim", "emacs"])
def test_a_declaration_that_is_typed_changes_what_other_documents_show(client: str, space: Path) -> None:
    """Nothing has to be saved; a name that is no longer declared is undeclared where it is read."""
    app, template = space / "app.py", space / TEMPLATE
    with Editor(space, client) as editor:
        for path in (app, template):
            editor.open(path.as_uri(), path.read_text())
        assert rules(editor, app) == [("undeclared-secret", 1)]
        editor.change(template.as_uri(), (None, "B_KEY=\nA_KEY=\nC_KEY=\n"))
        assert rules(editor, template) == [("unused-secret", 2)]
        assert rules(editor, app) == []
        editor.change(template.as_uri(), (None, ""))
        assert rules(editor, template) == []
        assert rules(editor, app) == [("undeclared-secret", 1), ("undeclared-secret", 2)]


def test_what_is_shown_moves_with_its_text(space: Path) -> None:
    """A line above does not take the finding away until the checks are asked again, nor leave it behind."""
    app = (space / "app.py").as_uri()
    with Editor(space) as editor:
        editor.open(app, READ)
        editor.settled(app)
        editor.change(app, (None, f"# a line\n{READ}"))
        (shown,) = editor.diagnostics(app)
        assert shown["range"]["start"]["line"] == 2
        assert [one["range"] for one in editor.settled(app)] == [shown["range"]]


def test_the_quick_fix_declares_a_name(space: Path) -> None:
    """The template gets its line, and the finding goes; a name that looks like another one can be corrected."""
    app = (space / "app.py").as_uri()
    write(space, {TEMPLATE: "HUB_KEY=\n"})
    with Editor(space) as editor:
        editor.open(app, READ.replace("A_KEY", "HUB_KYE"))
        (shown,) = editor.settled(app)
        titles = [one["title"] for one in editor.actions(app, shown["range"])]
        fixes = [title.partition(" (")[0] for title in titles[:2]]
        assert fixes == ["Read HUB_KEY instead of HUB_KYE", f"Declare HUB_KYE in {TEMPLATE}"]
        editor.change(app, (None, READ))
        (shown,) = editor.settled(app)
        (fix, *_) = editor.actions(app, shown["range"])
        assert (fix["title"], fix["isPreferred"]) == (f"Declare A_KEY in {TEMPLATE}", True)
        editor.apply(fix)
        template = (space / TEMPLATE).as_uri()
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": template, "type": 2}]})
        assert editor.settled(app) == []
    assert (space / TEMPLATE).read_text() == "HUB_KEY=\nA_KEY=\n"


def test_a_hover_has_the_comment_of_the_template_and_the_settings_of_the_space(space: Path) -> None:
    """The author's words, and the page of the Space that git's configuration, read as text, has a remote for."""
    write(space, {TEMPLATE: "# other\n\n# For search:\n# ask the team\nB_KEY=\nC_KEY= # short\n"})
    write(space, {".git/config": '[remote "hub"]\n\turl = https://x@huggingface.co/spaces/someone/app\n'})
    uri, source = (space / "app.py").as_uri(), "import os\nos.environ['B_KEY'], os.environ['C_KEY']\n"
    with Editor(space) as editor:
        editor.open(uri, source)
        texts = [
            editor.request(
                "textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 1, "character": at}}
            )["contents"]["value"].split("\n\n")
            for at in (13, 33)
        ]
    assert [text[1] for text in texts] == ["For search: ask the team", "short"]
    assert {text[-1] for text in texts} == {"Space settings: https://huggingface.co/spaces/someone/app/settings"}


def test_a_file_that_has_not_changed_is_not_read_again(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change costs one parse, of the document that was changed, however many files the app has."""
    write(space, {f"m{n}.py": READ for n in range(20)})
    parsed: list[str] = []
    with Editor(space) as editor:
        app = (space / "app.py").as_uri()
        editor.open(app, READ)
        editor.settled(app)

        def settle(document: Document) -> Document:
            parsed.append(document.path)
            return languages.settle(document)

        monkeypatch.setattr(project, "settle", settle)
        editor.change(app, (None, f"{READ}x = 1\n"))
        editor.settled(app)
    assert parsed == ["app.py"]


def test_a_template_that_appears_asks_the_checks(tmp_path: Path) -> None:
    """Outside of Spaces nothing is said until a `.env` or a template is there, saved or not."""
    write(tmp_path, {"app.py": READ, ".git/HEAD": "ref: refs/heads/main\n"})
    app, template = (tmp_path / "app.py").as_uri(), (tmp_path / TEMPLATE).as_uri()
    with Editor(tmp_path) as editor:
        editor.open(app, READ)
        assert editor.settled(app) == []
        editor.open(template, "")
        assert [one["code"] for one in editor.settled(app)] == ["undeclared-secret"]
        editor.close(template)
        assert editor.settled(app) == []


def test_the_workspace_has_what_files_show_that_are_not_open(space: Path) -> None:
    """Diagnostics of the whole workspace include those that depend on other files, and follow these."""
    options = {"diagnosticMode": "workspace"}
    with Editor(space, options=options, configuration=options) as editor:
        answer = editor.request("workspace/diagnostic", {"previousResultIds": []})
        found = {one["uri"]: one for one in answer["items"]}
        app = (space / "app.py").as_uri()
        assert [one["code"] for one in found[app]["items"]] == ["undeclared-secret"]
        write(space, {TEMPLATE: "A_KEY=\nB_KEY=\n"})
        previous = [{"uri": uri, "value": one["resultId"]} for uri, one in found.items()]
        answer = editor.request("workspace/diagnostic", {"previousResultIds": previous})
        assert [one["items"] for one in answer["items"] if one["uri"] == app] == [[]]


def test_too_large_an_app_is_said_so_once(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is claimed about its names."""
    monkeypatch.setattr(project, "MOST_FILES", 1)
    app = (space / "app.py").as_uri()
    with Editor(space, "neovim") as editor:
        editor.open(app, READ)
        assert editor.settled(app) == []
        editor.change(app, (None, f"{READ}\n"))
        assert editor.settled(app) == []
        said = [message for message in editor.messages() if "declarations" in message]
        assert said == [f"unspill: {project.TOO_MANY}"]


@given(st.binary(max_size=12), st.binary(max_size=6), st.binary(max_size=6), st.binary(max_size=12), st.data())
def test_findings_keep_their_text_through_an_edit(
    head: bytes, old: bytes, new: bytes, tail: bytes, data: st.DataObject
) -> None:
    """Each is where its bytes are, or gone; those before the edit are never gone."""
    before, after = head + old + tail, head + new + tail
    start = data.draw(st.integers(0, len(before)))
    span = Span(start, data.draw(st.integers(start, len(before))))
    moved = list(_moved([finding_at(document_of("x"), "x", span=span)], before, after))
    assert all(after[slice(*one.span)] == before[slice(*span)] for one in moved)
    assert moved or span.end > len(head)
