"""The names in the documents of a Space: what is kept of files, and that it never shows."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import space
from unspill.document import Document
from unspill.errors import UserError
from unspill.project import read
from unspill.project.tree import Overlay
from unspill.space import uses
from unspill.workspace import Workspace, opened

from tests.cli import write

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.workspace import WorkspaceText

APP = "import os\ntoken = os.environ['HF_TOKEN']\n"
PLAIN = "x = 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Space with a file that reads a name, one that declares it, and some that say nothing."""
    (tmp_path / ".git").mkdir()
    write(tmp_path, {"app.py": APP, ".env.example": "HF_TOKEN=\n", "start.sh": "echo $MODE\n", "plain.py": PLAIN})
    return tmp_path


def around(workspace: Workspace, folder: Path, changes: dict[str, bytes] | None = None) -> list[WorkspaceText]:
    """The documents of the Space; `changes` are edited and not saved."""
    tree = Overlay(str(folder), changes or {})
    return list(workspace.around(tree, "app.py", {}, lambda path: path))


def said(workspace: Workspace, folder: Path, name: str, changes: dict[str, bytes] | None = None) -> list[str]:
    """The paths that say a name."""
    found = workspace.saying(around(workspace, folder, changes), name)
    return [text.path for text, document in found if uses.find(document, name).spans]


def listed(workspace: Workspace, folder: Path) -> list[tuple[str, list[str]]]:
    """The names of the Space, each with the files that read it."""
    tree = Overlay(str(folder))
    entries = workspace.names(tree, [space.find(tree, "app.py")], around(workspace, folder))
    return sorted((entry.name, [place.source for place in entry.read]) for entry in entries)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the texts of files are read, by name."""
    counts: Counter[str] = Counter()
    regular = read.regular

    def counting(path: str, limit: int | None = read.LARGEST) -> bytes | None:
        counts[os.path.basename(path)] += path.endswith((".py", ".sh"))
        return regular(path, limit)

    monkeypatch.setattr(read, "regular", counting)
    return counts


@pytest.mark.parametrize("files", [10, 20])
def test_what_says_nothing_is_read_once(files: int, folder: Path, reads: Counter[str]) -> None:
    """However many files there are, the second question about a name reads those that say it, and no other."""
    write(folder, {f"more/plain{number}.py": PLAIN for number in range(files)})
    workspace = Workspace()
    assert listed(workspace, folder) == [("HF_TOKEN", ["app.py"]), ("MODE", ["start.sh"])]
    assert reads.total() >= files
    reads.clear()
    assert said(workspace, folder, "MODE") == ["start.sh"]
    assert +reads == {"start.sh": 1}


def test_a_file_that_has_changed_is_read_anew(folder: Path) -> None:
    """Changed, made, removed or edited in the editor: what was kept of a file before never shows."""
    workspace = Workspace()
    listed(workspace, folder)
    (folder / "plain.py").write_text("import os\nos.environ['HF_TOKEN']\n")
    assert said(workspace, folder, "HF_TOKEN") == [".env.example", "app.py", "plain.py"]
    (folder / "app.py").write_text(PLAIN)
    (folder / "start.sh").unlink()
    (folder / "new.py").write_text(APP.replace("HF_TOKEN", "MODE"))
    assert (
        listed(workspace, folder) == listed(Workspace(), folder) == [("HF_TOKEN", ["plain.py"]), ("MODE", ["new.py"])]
    )
    changes = {"plain.py": PLAIN.encode(), "new.py": APP.encode()}
    assert said(workspace, folder, "HF_TOKEN", changes) == [".env.example", "new.py"]
    assert said(workspace, folder, "HF_TOKEN") == [".env.example", "plain.py"]


def test_an_open_document_counts_over_its_file(folder: Path) -> None:
    """It keeps what it says itself, so that its next state starts anew."""
    workspace, tree = Workspace(), Overlay(str(folder))
    listed(workspace, folder)
    for name in ("ONE", "TWO"):
        document = Document(APP.replace("HF_TOKEN", name).encode(), "plain.py", "python", 7)
        texts = {"plain.py": [opened("file:plain", document)]}
        found = workspace.saying(workspace.around(tree, "app.py", texts, str), name)
        assert [(text.source, text.version) for text, _ in found] == [("file:plain", 7)]


def test_too_many_files_are_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is answered from a part of the files."""
    monkeypatch.setattr("unspill.workspace.MOST_FILES", 3)
    with pytest.raises(UserError, match="more than 3 files"):
        around(Workspace(), folder)


PIECES = [
    *("$", "${", "$(", "${env:", "${oc.env:", "%", "%(ENV_", "os.environ/", "process.env.", "import.meta.env.", "env:"),
    *("HF_TOKEN", "MODE", "env", "ENV_MODE", "x", "=", "-", "}", ")", " ", "\n", "os.environ['MODE']", "'", ":"),
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.sampled_from(["text", "python", "shell", "yaml", "dockerfile", "dotenv", "javascript"]),
    st.sampled_from(["HF_TOKEN", "MODE", "env", "ENV_MODE", "x", "ENV_"]),
)
def test_a_name_that_is_found_is_known(text: str, language: str, name: str) -> None:
    """What `find` finds anything for is among the names that are kept: a file that is not read says nothing."""
    document = Document(text.encode(), language=language)
    found = uses.find(document, name)
    assert not (found.spans or found.derived) or name in uses.names(document)
