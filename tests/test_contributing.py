"""What CONTRIBUTING.md shows is the whole change: each section is added to a copy of the tree, and works end to end."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import unspill

from tests.helpers import token

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
PACKAGE = Path(unspill.__file__).parent
T = token(1)
COPIED = ("docs", "editors", "tools", "pyproject.toml", "README.md")
TESTS = ("__init__.py", "test_architecture.py", "test_editors.py", "lsp/__init__.py", "lsp/harness.py", "lsp/clients")
RULES = ("ai/huggingface.toml", "generic/generic.toml")
_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
_BLOCK = re.compile(r"(?:((?:^.+\n)+)\n|^\n)```(\w+)\n((?:.*\n)*?)```\n", re.MULTILINE)
_FILE = re.compile(r"`([\w./]+/[\w.]+\.\w+)`")
_HIGHLIGHT = """
import json, sys
from pathlib import Path
from tests.lsp.harness import Editor

folder = Path(sys.argv[1])
with Editor(folder) as editor:
    editor.open((folder / "app.py").as_uri(), 'import os\\nos.environ["HF_TOKEN"]\\nos.getenv("HF_TOKEN")\\n')
    at = {"textDocument": {"uri": (folder / "app.py").as_uri()}, "position": {"line": 1, "character": 13}}
    found = editor.request("textDocument/documentHighlight", at)
    print(json.dumps([one["range"]["start"]["line"] for one in found]))
"""
_ACTIONS = """
import json, sys
from pathlib import Path
from tests.lsp.harness import Editor

file = Path(sys.argv[1])
with Editor(file.parent) as editor:
    editor.open(file.as_uri(), file.read_text(), "terraform")
    found = editor.diagnostics(file.as_uri())
    print(json.dumps([action["title"] for action in editor.actions(file.as_uri(), found[0]["range"], found)]))
"""


_DIAGNOSTICS = """
import json, sys
from pathlib import Path
from tests.lsp.harness import Editor

folder = Path(sys.argv[1])
with Editor(folder) as editor:
    for name in sys.argv[2:]:
        editor.open((folder / name).as_uri(), (folder / name).read_text(), "plaintext")
    found = [one for name in sys.argv[2:] for one in editor.settled((folder / name).as_uri())]
    print(json.dumps([[one["code"], one["range"]["start"]["line"]] for one in found]))
"""


class Copy:
    """A copy of the tree, with what sections of CONTRIBUTING.md show."""

    def __init__(self, folder: Path, sections: Sequence[str]) -> None:
        """Make the copy, and add the sections to it, in this order."""
        self.root = folder / "tree"
        self.cache = folder / "cache"
        ignored = shutil.ignore_patterns("__pycache__", "node_modules", "_rules")
        shutil.copytree(PACKAGE, self.root / "server" / "unspill", ignore=ignored)
        for name in (*COPIED, *(f"rules/{name}" for name in RULES), *(f"tests/{name}" for name in TESTS)):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.root / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, self.root / name)
        titles_and_texts = _SECTION.split((ROOT / "CONTRIBUTING.md").read_text("utf-8"))[1:]
        shown = dict(zip(titles_and_texts[::2], titles_and_texts[1::2], strict=True))
        for section in sections:
            for before, kind, block in _BLOCK.findall(shown[section]):
                named = _FILE.findall(before)
                name = named[-1] if named else name
                self._change(self.root / name, kind, block)

    def _change(self, path: Path, kind: str, block: str) -> None:
        """Make a new file of a block, or the change that it shows."""
        if kind != "diff":
            assert not path.exists(), f"{path} is there already"
            path.write_text(block, encoding="utf-8")
            return
        lines = block.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *command: str, code: int = 0) -> str:
        """What `python` prints in the copy; `code` is the exit code that there must be."""
        env = {**os.environ, "PYTHONPATH": str(self.root / "server"), "XDG_CACHE_HOME": str(self.cache)}
        ran = subprocess.run(
            [sys.executable, *command], cwd=self.root, env=env, capture_output=True, text=True, check=False, timeout=300
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    def found(self, path: Path) -> list[dict[str, object]]:
        """What `check` reports of a file or folder that has findings."""
        report = self.run("-m", "unspill", "check", "--format", "json", str(path), code=1)
        findings: list[dict[str, object]] = json.loads(report)["findings"]
        return findings


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy with the language alone."""
    copy = Copy(tmp_path_factory.mktemp("language"), ["A language"])
    assert copy.run("-m", "tools.languages", "--check", code=1).split() == [
        "docs/languages.md",
        "editors/emacs/unspill.el",
        "editors/helix/languages.toml",
        "editors/jetbrains/template.json",
        "editors/kate/settings.json",
        "editors/vscode/package.json",
        "editors/zed/extension.toml",
    ]
    copy.run("-m", "tools.languages")
    return copy


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy with every section."""
    sections = (
        "A rule",
        "A language",
        "A fix for a new site",
        "An output format",
        "A command",
        "A method of the protocol",
        "A check on a document",
        "A check on the project",
    )
    copy = Copy(tmp_path_factory.mktemp("everything"), sections)
    copy.run("-m", "tools.languages")
    return copy


@pytest.fixture
def terraform(tmp_path: Path) -> Path:
    """A Terraform file with a token in it."""
    path = tmp_path / "main.tf"
    path.write_text(f'provider "hf" {{\n  token = "{T}"\n}}\n')
    return path


def test_a_language_finds_and_explains(language: Copy, terraform: Path) -> None:
    """A secret is found at the site that the new module tells, and `fix` explains the manual fix."""
    (found,) = language.found(terraform)
    assert (found["rule"], found["site"]) == ("huggingface-user-token", "config")
    said = " ".join(language.run("-m", "unspill", "fix", str(terraform), code=1).split())
    assert "Variables may not be expanded in main.tf. Read HF_TOKEN from the environment manually." in said


def test_a_language_can_be_told_to_ignore(language: Copy, terraform: Path) -> None:
    """*Ignore here* is among the editor's actions; such a comment silences, and one in a string does not."""
    titles = json.loads(language.run("-c", _ACTIONS, str(terraform)))
    assert any(title.startswith("Ignore") for title in titles), titles
    terraform.write_text(f'token = "{T}"  # unspill: ignore[huggingface-user-token] why\n')
    language.run("-m", "unspill", "check", str(terraform))
    terraform.write_text(f'token = "{T}# unspill: ignore"\n')
    assert language.found(terraform)


def test_a_language_is_listed(language: Copy) -> None:
    """The editors that want a list name it, and so does docs/languages.md; nothing is stale any more."""
    assert language.run("-m", "tools.languages", "--check") == ""
    listed = {
        "docs/languages.md": "| hcl | `*.tf` | configuration | `# …` |",
        "editors/emacs/unspill.el": "    terraform-mode\n",
        "editors/helix/languages.toml": 'name = "hcl"\nlanguage-servers = ["terraform-ls", "unspill"]',
        "editors/jetbrains/template.json": '"languageId": "terraform"',
        "editors/kate/settings.json": "|Terraform|",
        "editors/vscode/package.json": '"onLanguage:terraform"',
        "editors/zed/extension.toml": '"Terraform" = "terraform"',
    }
    assert [name for name, text in listed.items() if text not in (language.root / name).read_text("utf-8")] == []


def test_a_row_alone_is_a_language(tmp_path: Path, terraform: Path) -> None:
    """Without a module of its own it is read as text, and can be silenced all the same."""
    copy = Copy(tmp_path, ["A language"])
    table = copy.root / "server" / "unspill" / "languages" / "table.py"
    table.write_text(table.read_text("utf-8").replace('        module="hcl",\n', ""), encoding="utf-8")
    (copy.root / "server" / "unspill" / "languages" / "hcl.py").unlink()
    (found,) = copy.found(terraform)
    assert (found["rule"], found["site"]) == ("huggingface-user-token", "text")
    assert any(title.startswith("Ignore") for title in json.loads(copy.run("-c", _ACTIONS, str(terraform))))


@pytest.mark.slow
@pytest.mark.parametrize("copy", ["language", "everything"])
def test_the_copy_has_the_shape_of_the_tree(copy: str, request: pytest.FixtureRequest) -> None:
    """No test of the tree's shape, or of what editors list, has to change for anything that is added."""
    made: Copy = request.getfixturevalue(copy)
    made.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_architecture.py", "tests/test_editors.py")
    made.run("-m", "mypy", "-p", "unspill", "--cache-dir", os.devnull)
    made.run("-m", "ruff", "check", "--no-cache", "server")
    made.run("-m", "ruff", "format", "--no-cache", "--check", "server")


def test_a_rule_is_found_and_explained(everything: Copy, tmp_path: Path) -> None:
    """Its example is found under its id, and `rules` tells what it opens."""
    made = "acme_" + T.removeprefix("hf_").lower()[:32]
    (tmp_path / "app.py").write_text(f'client = Acme(api_key="{made}")\n')
    (found,) = everything.found(tmp_path)
    assert (found["rule"], found["secret_name"]) == ("acme-api-key", "ACME_API_KEY")
    assert "Opens the whole account." in everything.run("-m", "unspill", "rules", "acme-api-key")


def test_a_new_site_is_fixed(everything: Copy, terraform: Path) -> None:
    """The value goes into `.env`, its name is declared, and the file reads the variable."""
    (found,) = everything.found(terraform)
    assert found["site"] == "terraform-argument"
    everything.run("-m", "unspill", "fix", "--unsafe", str(terraform))
    assert terraform.read_text() == 'provider "hf" {\n  token = var.hf_token\n}\n'
    assert (terraform.parent / ".env").read_text() == f"HF_TOKEN={T}\n"
    assert "HF_TOKEN=" in (terraform.parent / ".env.example").read_text()


def test_a_format_is_written(everything: Copy, terraform: Path) -> None:
    """`--format` knows it."""
    shown = everything.run("-m", "unspill", "check", "--format", "tsv", str(terraform), code=1)
    assert shown.split("\t")[1:] == ["2", "12", "huggingface-user-token\n"]


def test_a_command_is_listed_and_runs(everything: Copy) -> None:
    """The help names it, has a page for it, and it does what it says."""
    assert re.search(r"^  languages +list the languages$", everything.run("-m", "unspill", "--help"), re.MULTILINE)
    assert "unspill languages" in everything.run("-m", "unspill", "languages", "--help")
    assert everything.run("-m", "unspill", "languages", "hcl") == "hcl .tf\n"


def test_a_method_is_answered(everything: Copy, tmp_path: Path) -> None:
    """The server answers it, for the places of the name under the cursor."""
    assert json.loads(everything.run("-c", _HIGHLIGHT, str(tmp_path))) == [1, 2]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A program that reads one of the names that are declared, and is started in debug mode."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "app.py").write_text("import os\n\nos.environ['A']\napp.run(debug=True)\n")
    (folder / ".env.example").write_text("A=\nB=\n")
    return folder


_FOUND_BY_CHECKS = [["unread-name", 1], ["debug-mode", 3]]
"""In `app`: the ids, and the lines from 0, by path."""


def test_checks_are_found_and_explained(everything: Copy, app: Path) -> None:
    """The command line reports what a check on a document finds and one on the project, and explains both."""
    shown = everything.found(app)
    assert [[one["rule"], one["start"]["line"] - 1] for one in shown] == _FOUND_BY_CHECKS  # type: ignore[index]
    assert {one["kind"] for one in shown} == {"check"}
    assert "debug-mode" in (listed := everything.run("-m", "unspill", "rules"))
    assert "unread-name" in listed
    assert "flask --debug" in everything.run("-m", "unspill", "rules", "debug-mode")
    everything.run("-m", "unspill", "rules", "--html", str(app / "html"))
    assert "does not need" in (app / "html" / "rules" / "unread-name.html").read_text("utf-8")


def test_checks_are_shown_in_the_editor(everything: Copy, app: Path) -> None:
    """It shows what the command line reports."""
    assert json.loads(everything.run("-c", _DIAGNOSTICS, str(app), ".env.example", "app.py")) == _FOUND_BY_CHECKS


def test_checks_can_be_told_to_be_silent(everything: Copy, app: Path) -> None:
    """A comment silences one, the settings another, and a baseline knows what there is."""
    (app / "app.py").write_text(
        "import os\n\nos.environ['A']\napp.run(debug=True)  # unspill: ignore[debug-mode] why\n"
    )
    check = ("-m", "unspill", "check", "--fail-on", "warning")
    assert "debug-mode" not in (shown := everything.run(*check, str(app), code=1))
    assert "unread-name" in shown
    (app / "unspill.toml").write_text('ignore = ["unread-name"]\n')
    everything.run(*check, str(app))
    (app / "unspill.toml").unlink()
    everything.run("-m", "unspill", "baseline", "-o", str(app / "known.txt"), str(app))
    everything.run(*check, "--baseline", str(app / "known.txt"), str(app))
