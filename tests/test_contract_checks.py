"""What `unspill check` and editors say of names that are read or declared, and what the fixes of that do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.app import Request, check
from unspill.cli.arguments import loader
from unspill.contract.spelling import meant
from unspill.pipeline import project

from tests.cli import git, unspill, write
from tests.lsp.harness import Editor, notebook

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPACE = {"README.md": "---\nsdk: gradio\n---\n"}
OAUTH = {"README.md": "---\nsdk: docker\nhf_oauth: true\n---\n"}
READ = "import os\nos.environ['A_KEY']\n"
TEMPLATE = ".env.example"


def found(folder: Path, *paths: str) -> list[tuple[str, int, str]]:
    """What `unspill check` reports of files in a folder, but for READMEs: path, line and rule."""
    rows = check(Request(tuple(str(folder / path) for path in paths or ("",)), loader(), str(folder))).rows
    return [(row.path, row.start.line + 1, row.rule) for row in rows if row.path != "README.md"]


def made(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with these files, all of them tracked."""
    write(folder, files)
    git(folder, "init", "-q")
    git(folder, "add", "-f", ".")
    return folder


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({**SPACE, "app.py": READ}, [("app.py", 2, "undeclared-secret")]),
        ({"app.py": READ}, []),
        ({"app.py": READ, TEMPLATE: ""}, [("app.py", 2, "undeclared-secret")]),
        ({"app.py": READ, "env.sample": "", ".env.sample": ""}, [("app.py", 2, "undeclared-secret")]),
        ({"app.py": READ, "web/.env.example": ""}, []),
        ({"api/app.py": READ, "x.py": READ, "api/.env.example": ""}, [("api/app.py", 2, "undeclared-secret")]),
        ({"api/app.py": READ, "api/.env.example": "", "web/.env.example": "A_KEY=\n"}, []),
        ({**SPACE, "app.py": READ, TEMPLATE: "A_KEY=\n"}, []),
        ({**SPACE, "a.py": READ, "b.py": f"{READ}{READ}"}, [(f"{n}.py", 2, "undeclared-secret") for n in "ab"]),
        ({**SPACE, TEMPLATE: "A_KEY=\n"}, [(TEMPLATE, 1, "unused-secret")]),
        ({TEMPLATE: "A_MODE=\n"}, []),
        ({"app.py": READ, TEMPLATE: "A_KEY=\nB=\nA_KEY=\n"}, [(TEMPLATE, 3, "duplicate-name")]),
        ({**SPACE, TEMPLATE: "SPACE_ID=\n"}, [(TEMPLATE, 1, "refused-name")]),
        ({TEMPLATE: "SPACE_ID=\n"}, []),
        ({**SPACE, TEMPLATE: "MY-MODE=\n"}, [(TEMPLATE, 1, "refused-name")]),
        ({**OAUTH, TEMPLATE: "OAUTH_SCOPES=\n"}, [(TEMPLATE, 1, "refused-name")]),
        ({**SPACE, TEMPLATE: "OAUTH_SCOPES=\n"}, []),
    ],
)  # fmt: skip
def test_names_are_checked_in_spaces_and_where_a_dotenv_file_is(
    files: dict[str, str], expected: list[tuple[str, int, str]], tmp_path: Path
) -> None:
    """Undeclared once a file; the rest at each declaration; elsewhere only below a `.env` or a template of one."""
    assert found(made(tmp_path, files)) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"app.py": READ, TEMPLATE: "# A_KEY=your-key\n"},
        {"web/app.py": READ, TEMPLATE: "#export A_KEY=\n"},
        {".claude/helpers/status.cjs": "process.env.A_KEY.trim()", TEMPLATE: ""},
        {"_archive/app.py": READ, "old/app.py": READ, TEMPLATE: ""},
        {"tests/test_app.py": READ, TEMPLATE: ""},
        {TEMPLATE: "DATABASE_URL=sqlite:///students.db\n"},
        {"app.py": "import os\nos.getenv('A_KEY') or ''\n", TEMPLATE: ""},
        {"app.py": "import os\nif os.getenv('A_KEY'): pass\n", TEMPLATE: ""},
        {"app.go": 'os.Getenv("A_KEY")', TEMPLATE: "A_KEY=\n"},
        {"requirements.txt": "langchain\n", TEMPLATE: "A_API_KEY=\n"},
        {"app.py": "import os\nfor n in names: os.environ[f'{n}_KEY']\n", TEMPLATE: "A_KEY=\n"},
        {"examples/.env.example": "A_KEY=\n"},
    ],
)
def test_nothing_is_said_in_doubt(files: dict[str, str], tmp_path: Path) -> None:
    """A line that is commented out tells people; old code, tests and tools are no app; what may be read is in use."""
    assert found(made(tmp_path, files)) == []


def test_a_local_value_changes_nothing(tmp_path: Path) -> None:
    """What CI reports, where there is no `.env`, is what the author sees."""
    folder = made(tmp_path, {**SPACE, "app.py": "import os\nos.environ['B_KEY'] or os.environ['A_KEY']\n"})
    before = found(folder)
    write(folder, {".env": "B_KEY=x\n", ".gitignore": ".env\n"})
    assert found(folder) == before != []


def test_one_file_has_what_the_folder_and_the_editor_have(tmp_path: Path) -> None:
    """However a file is asked about, it depends on the others in the same way."""
    files = {**SPACE, "src/app.py": f"{READ}os.environ['B_KEY']\n", TEMPLATE: "B_KEY=\nC_KEY=\nB_KEY=\n"}
    folder = made(tmp_path, files)
    every = found(folder)
    assert [rule for _, _, rule in every] == ["unused-secret", "duplicate-name", "undeclared-secret"]
    assert found(folder, "src/app.py") == found(folder, "src") == every[2:]
    assert found(folder, TEMPLATE) == every[:2]
    given = unspill(folder, "check", "-", "--stdin-filename", "src/app.py", "--format", "json", stdin=READ.encode())
    assert [one["rule"] for one in given.report["findings"]] == ["undeclared-secret"]
    with Editor(folder) as editor:
        for path in ("src/app.py", TEMPLATE):
            uri = (folder / path).as_uri()
            editor.open(uri, (folder / path).read_text())
            shown = [(path, one["range"]["start"]["line"] + 1, one["code"]) for one in editor.settled(uri)]
            assert shown == [row for row in every if row[0] == path]


def test_a_project_without_declarations_is_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of Spaces, and without any `.env`, no file is read or parsed for the names in it."""
    asked: list[str] = []
    monkeypatch.setattr(project.AppTexts, "_document", lambda *arguments: asked.append(arguments[2]))
    assert found(made(tmp_path, {"app.py": READ, "README.md": "# x\n", "src/a.py": READ})) == []
    assert asked == []
    write(tmp_path, {"src/.env": ""})
    found(tmp_path)
    assert asked != []


def test_warnings_fail_no_run_unless_asked(tmp_path: Path) -> None:
    """The exit code is 0; with `--fail-on warning` it is 1; a directive, the settings and a baseline silence one."""
    folder = made(tmp_path, {**SPACE, "app.py": READ})
    strict = ("check", "--fail-on", "warning")
    assert [unspill(folder, "check").code, unspill(folder, *strict).code] == [0, 1]
    assert unspill(folder, *strict, "--ignore", "undeclared-secret").code == 0
    write(folder, {"app.py": READ.replace("]\n", "]  # unspill: ignore[undeclared-secret] set by the host\n")})
    assert unspill(folder, *strict).code == 0
    write(folder, {"app.py": READ})
    unspill(folder, "baseline")
    assert unspill(folder, *strict).code == 0


def test_too_many_files_are_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is claimed, and the report says why."""
    monkeypatch.setattr(project, "MOST_FILES", 2)
    report = check(Request((str(made(tmp_path, {**SPACE, "app.py": READ, "b.py": ""})),), loader(), str(tmp_path)))
    assert report.rows == ()
    assert [one.reason for one in report.skipped] == [project.TOO_MANY]


SESSION = """\
.env.example:4:1: warning [unused-secret]
  Nothing reads OPENAI_KEY: OpenAI reads OPENAI_API_KEY.
  note: app.py:3:10: OPENAI_API_KEY is read here
  `unspill fix --unsafe`: Rename it to OPENAI_API_KEY. Set the value under the
  new name wherever the program runs.

.env.example:5:1: warning [duplicate-name]
  HF_TOKEN is declared in line 2 already.
  note: .env.example:2:1: declared here first
  `unspill fix`: Delete the line of HF_TOKEN.

app.py:4:13: warning [undeclared-secret]
  HF_TOKN is read without a default, but .env.example does not declare it; did
  you mean HF_TOKEN?
  note: .env.example:2:1: HF_TOKEN is declared here
  `unspill fix --unsafe`: Read HF_TOKEN instead of HF_TOKN. It may be another
  secret: decide which name is right.

app.py:5:13: warning [undeclared-secret]
  SERP_KEY is read without a default, but .env.example does not declare it.
  `unspill fix`: Declare SERP_KEY in .env.example.

Found 4 warnings in 3 files"""


def test_a_session(tmp_path: Path) -> None:
    """What a user sees, then fixes: with `--unsafe`, nothing is left, and a second run changes nothing."""
    app = "import os\nfrom openai import OpenAI\nclient = OpenAI()\nos.environ['HF_TOKN']\nos.environ['SERP_KEY']\n"
    template = "# hub\nHF_TOKEN=\n\nOPENAI_KEY=\nHF_TOKEN=\n"
    folder = made(tmp_path / "a", {**SPACE, "app.py": app, TEMPLATE: template})
    assert unspill(folder, "check").out.startswith(SESSION)
    assert unspill(folder, "fix").code == 0
    assert (folder / TEMPLATE).read_text() == "# hub\nHF_TOKEN=\n\nOPENAI_KEY=\nSERP_KEY=\n"
    assert (folder / "app.py").read_text() == app
    unspill(folder, "fix", "--unsafe")
    assert (folder / TEMPLATE).read_text() == "# hub\nHF_TOKEN=\n\nOPENAI_API_KEY=\nSERP_KEY=\n"
    assert (folder / "app.py").read_text() == app.replace("TOKN", "TOKEN")
    assert found(folder) == []
    before = (folder / TEMPLATE).read_bytes()
    unspill(folder, "fix", "--unsafe")
    assert (folder / TEMPLATE).read_bytes() == before


@pytest.mark.parametrize(
    ("files", "template", "expected"),
    [
        ({".env.sample": "B_MODE=1"}, ".env.sample", "B_MODE=1\nA_KEY=\n"),
        ({"env.example": "# x\r\n"}, "env.example", "# x\r\nA_KEY=\r\n"),
        ({}, TEMPLATE, "A_KEY=\n"),
    ],
)
def test_a_name_is_declared_where_the_project_declares(
    files: dict[str, str], template: str, expected: str, tmp_path: Path
) -> None:
    """In the template that is there, in its line endings; else in a new one."""
    folder = made(tmp_path, {**SPACE, "app.py": READ, **files})
    assert unspill(folder, "fix").code == 0
    assert (folder / template).read_bytes() == expected.encode()
    assert found(folder) == []


def test_many_names_are_declared_in_the_folder_with_the_template(tmp_path: Path) -> None:
    """Outside of Spaces that is the nearest one, whatever else marks an app; one run declares all of them."""
    reads = "import os\n" + "".join(f"os.environ['X{n}_KEY']\n" for n in range(20))
    folder = made(tmp_path, {"api/src/app.py": reads, "api/src/pyproject.toml": "", "api/.env.example": "# x\n"})
    assert len(found(folder)) == 20
    assert unspill(folder, "fix").code == 0
    assert found(folder) == []
    assert (folder / "api" / TEMPLATE).read_text().count("_KEY=\n") == 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("A_MODE=1\n# what it is\nA_KEY=\n\nB_MODE=2\n", "A_MODE=1\n\nB_MODE=2\n"),
        ("# a group\nA_KEY=\nB_MODE=2\n", "# a group\nB_MODE=2\n"),
        ("# two\n# lines\nA_KEY=x\n", "# two\n# lines\n"),
        ('B_MODE=1\r\nA_KEY="x\r\ny"\r\nC_MODE=1', "B_MODE=1\r\nC_MODE=1"),
        ("A_KEY=", ""),
    ],
)
def test_an_unused_name_goes_with_its_own_comment(template: str, expected: str, tmp_path: Path) -> None:
    """A comment above several lines, or several above one, are about more than the name; no other byte changes."""
    folder = made(tmp_path, {**SPACE, TEMPLATE: template})
    unspill(folder, "fix")
    assert (folder / TEMPLATE).read_bytes() == template.encode()
    unspill(folder, "fix", "--unsafe")
    assert (folder / TEMPLATE).read_bytes() == expected.encode()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("HF_TOKN", "HF_TOKEN"),
        ("hf_token", "HF_TOKEN"),
        ("HF_TOEKN", "HF_TOKEN"),
        ("HFTOKEN", "HF_TOKEN"),
        ("OPENAI_API_KYE", "OPENAI_API_KEY"),
    ],
)
def test_a_slip_is_seen(name: str, other: str) -> None:
    """A letter that is missing, added, swapped or another one, the case, and the separators."""
    assert meant(name, [other, "ANOTHER_NAME"], ()) == other
    assert meant(other, [name], ()) == name
    assert meant(name, [other], {other}) == other


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("API_KEY_1", "API_KEY_2"),
        ("API_KEY", "API_KEYS"),
        ("PROD_KEY", "TEST_KEY"),
        ("DB_PASSWORD", "DB2_PASSWORD"),
        ("A_KEY", "B_KEY"),
        ("X_TOKEN", "Y_TOKEN"),
        ("AWS_KEY", "GCP_KEY"),
        ("API_KEY", "APP_KEY"),
        ("API_KEY", "APP_KEY_2"),
        ("HF_TOKEN", "HF_TOKEN_READ"),
    ],
)
def test_names_that_differ_on_purpose_are_no_slip(name: str, other: str) -> None:
    """Numbers, plurals and short or first words tell names apart."""
    assert meant(name, [other], ()) is None


def test_two_names_that_rules_know_are_no_slip(tmp_path: Path) -> None:
    """`GROQ_API_KEY` and `GROK_API_KEY` are of two providers: neither is what was meant by the other."""
    folder = made(
        tmp_path, {".env.example": "GROK_API_KEY=\n", "app.py": 'import os\nKEY = os.environ["GROQ_API_KEY"]\n'}
    )
    out = unspill(folder, "check").out
    assert "GROQ_API_KEY is read without a default, but .env.example does not declare it." in " ".join(out.split())
    assert "did you mean" not in out
    assert "Nothing reads GROK_API_KEY" in out


@given(st.lists(st.from_regex(r"[A-Z]{1,8}(_[A-Z0-9]{1,8}){0,3}", fullmatch=True), max_size=4), st.data())
def test_what_was_meant_is_never_the_name_itself(names: list[str], data: st.DataObject) -> None:
    """It is one of the others, and found from both sides."""
    name = data.draw(st.sampled_from(names)) if names else "A_KEY"
    right = meant(name, names, ())
    assert right is None or (right in names and right != name and meant(right, [name], ()) == name)


@pytest.mark.parametrize("client", ["vscode", "emacs"])
def test_names_in_the_cells_of_a_notebook(client: str, tmp_path: Path) -> None:
    """Open cells count as they are, each for itself, in place of the file; a declaration clears them."""
    folder = made(tmp_path, {**SPACE, TEMPLATE: ""})
    opened = notebook(folder, ("a", "python", READ), ("b", "python", "x = 1\nos.environ['B_KEY']\n"))
    first, second = (cell["uri"] for cell in opened["cellTextDocuments"])
    with Editor(folder, client) as editor:
        editor.notify("notebookDocument/didOpen", opened)
        for cell in opened["cellTextDocuments"]:
            editor.buffers[cell["uri"]], editor.versions[cell["uri"]] = cell["text"], 1
        for uri, name in ((first, "A_KEY"), (second, "B_KEY")):
            (one,) = editor.settled(uri)
            assert (one["code"], one["range"]["start"]["line"]) == ("undeclared-secret", 1)
            assert one["message"].startswith(name)
        (action,) = [one for one in editor.actions(second, one["range"]) if one.get("isPreferred")]
        assert "B_KEY" in action["title"]
        editor.open((folder / TEMPLATE).as_uri(), "B_KEY=\n", "plaintext")
        assert (len(editor.settled(first)), editor.settled(second)) == (1, [])


def test_names_in_a_notebook_on_disk(tmp_path: Path) -> None:
    """Each is told at its line of the file, with the cell that it is in."""
    cells = [{"cell_type": kind, "source": READ.replace("A", kind[0].upper())} for kind in ("markdown", "code", "code")]
    folder = made(tmp_path, {**SPACE, "app.py": "", "nb.ipynb": json.dumps({"cells": cells}, indent=1)})
    lines = (folder / "nb.ipynb").read_text().splitlines()
    found = unspill(folder, "check", "--format", "json").report["findings"]
    assert [(one["rule"], one["cell"]) for one in found] == [("undeclared-secret", 1)]
    assert "C_KEY" in lines[found[0]["start"]["line"] - 1][found[0]["start"]["column"] - 1 :]


def test_a_hover_over_an_undeclared_name(tmp_path: Path) -> None:
    """It has the finding, and what a hover over any name tells: kind, places, value, where to get and revoke it."""
    folder = made(tmp_path, {**SPACE, "app.py": READ.replace("A_KEY", "OPENAI_API_KEY"), TEMPLATE: ""})
    uri = (folder / "app.py").as_uri()
    with Editor(folder) as editor:
        editor.open(uri, (folder / "app.py").read_text())
        assert editor.settled(uri)
        at = {"textDocument": {"uri": uri}, "position": {"line": 1, "character": 14}}
        text = editor.request("textDocument/hover", at)["contents"]["value"]
    told = [
        "undeclared-secret",
        "OPENAI_API_KEY**: secret",
        "Not declared",
        "Used in app.py:2",
        "has no value",
        "https:",
    ]
    assert [one for one in told if one not in text] == []
