"""Directives that silence nothing are reported where that is certain, and deleted without touching anything else."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import fixes, languages
from unspill.app import workers
from unspill.checks.check import Seen
from unspill.checks.unused_ignore import unused
from unspill.languages import language_of
from unspill.model import Confidence, Safety
from unspill.pipeline import Context, Scanners, analyse
from unspill.settings import Settings
from unspill.suppress.directive_syntaxes import directives

from tests.cli import environment, git, unspill, write
from tests.helpers import applied, document_of, finding_at, project, token

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.document import Document
    from unspill.model import Finding

RULE = "huggingface-user-token"
TODAY = "2030-01-02"
LINE = f't = "{token()}"'


KNOWN = {RULE: (RULE,), "other-rule": ("other-rule",)}


def _unused(
    source: str, path: str = "app.py", language: str = "python", settings: Settings | None = None
) -> tuple[Document, list[Finding]]:
    """A document, and the directives in it that silence nothing; `token()` in it is a finding."""
    document = document_of(source, path, language)
    found = (finding_at(document, token()),) if token() in source else ()
    seen = Seen(found, found, settings or Settings(), None, lambda: KNOWN, directives=True)
    return document, list(unused(document, seen, TODAY))


def _fixed(source: str, path: str = "app.py", language: str = "python") -> str:
    """The text without the first unused directive."""
    document, (finding, *_) = _unused(source, path, language)
    return applied(document, fixes.plan(finding, document, project()).fixes[0])


@pytest.mark.parametrize(
    "source",
    [
        "x = 1  # unspill: ignore\n",
        f"x = 1  # unspill: ignore[{RULE}] not there any more\n",
        "# unspill: ignore[other-rule]\n" + LINE + "\n",
        f"{LINE}\n# unspill: ignore\n",
        f"# unspill: ignore\n\n{LINE}\n",
        "x = 1  # fmt: skip # UNSPILL:ignore\n",
        f"{LINE}  # unspill: ignore[]\n",
        "x = 1  # unspill: ignore until 2030-01-02 still valid, but idle\n",
    ],
)
def test_reported(source: str) -> None:
    """A directive that silences no finding is one, sure and as a warning, whatever it names."""
    document, (finding,) = _unused(source)
    assert (finding.rule, finding.kind, finding.severity.value) == ("unused-ignore", "check", "warning")
    assert finding.confidence is Confidence.HIGH
    assert document.text(finding.span).lower().startswith("unspill:")


@pytest.mark.parametrize(
    "source",
    [
        f"{LINE}  # unspill: ignore\n",
        f"# unspill: ignore[{RULE}]\n{LINE}\n",
        "x = 1  # unspill: ignore[a-rule-of-somebody-else]\n",
        f"x = 1  # unspill: ignore[{RULE}, a-rule-of-somebody-else]\n",
        "# Write `unspill: ignore` behind it.\n",
        "# A comment unspill: ignore there silences it.\n",
        "x = '# unspill: ignore'\n",
        "# ruff: noqa\nx = 1  # noqa: S105\ny = 2  # nosec\nz = 3  # NOSONAR jfrog-ignore\n",
        "# secretlint-disable\nx = 1\n# secretlint-enable\n",
    ],
)
def test_not_reported(source: str) -> None:
    """What silences something, names an unknown rule, is spoken of, or was written for a linter or a block is not."""
    assert _unused(source)[1] == []


@pytest.mark.parametrize(
    "settings", [Settings(config_ignore=(RULE,)), Settings(ignore=("hugging*",)), Settings(select=("other-rule",))]
)
def test_nothing_is_known_of_rules_that_are_off(settings: Settings) -> None:
    """A directive for a rule that the settings turn off is left alone; one for another rule is not."""
    source = f"x = 1  # unspill: ignore[{RULE}]\ny = 1  # unspill: ignore[other-rule]\n"
    assert [finding.span.start > 30 for finding in _unused(source, settings=settings)[1]] == [True]


@pytest.mark.parametrize(
    ("path", "source", "reported"),
    [
        ("notes.txt", "x = 1  # unspill: ignore", False),
        ("guide.rst", "x = 1  # unspill: ignore", False),
        ("a.rb", "x = 1  # unspill: ignore", True),
        ("a.rb", 'x = env("a")  # unspill: ignore why', True),
        ("a.rb", 'x = "a  # unspill: ignore"', False),
        ("a.rb", 'x = "a", "b  # unspill: ignore"', False),
        ("a.rb", 'x = "\\" # unspill: ignore"', False),
        ("a.go", "x := 1 // unspill: ignore", True),
        ("a.go", "x := 1 # unspill: ignore", False),
        ("a.go", "x := `a // unspill: ignore", False),
        ("a.ini", "; unspill: ignore", True),
        ("a.ini", "x = 1  # unspill: ignore", False),
    ],
)
def test_only_where_comments_are_known(path: str, source: str, reported: bool) -> None:
    """In text that no parser knows, what looks like a directive may be an example, or stand in a string."""
    assert bool(_unused(source, path, language_of(path).id)[1]) is reported


def test_not_in_code_that_a_text_shows() -> None:
    """A comment of HTML within backticks is shown to readers."""
    assert _unused("Write `<!-- unspill: ignore -->` behind it.\n", "README.md", "readme")[1] == []


def test_not_in_a_file_that_was_not_scanned_as_a_whole() -> None:
    """What was cut short, was looked at in parts, or comes from a history says nothing of directives."""
    whole = analyse(document_of("# unspill: ignore\n"), Context(Settings()), Scanners())
    assert [one.rule for one in whole.kept().findings] == ["unused-ignore"]
    cut = whole._replace(scan=whole.scan._replace(incomplete="a rule timed out on it"))
    assert cut.kept().findings == whole.only([]).kept().findings == ()


def test_expired() -> None:
    """A directive past its last day is reported though its finding is there, and so is one for an unknown rule."""
    source = f"{LINE}  # unspill: ignore until 2030-01-01 soon\nx = 1  # unspill: ignore[x] until 2029-12-31\n"
    _, (first, second) = _unused(source)
    assert "expired on 2030-01-01" in first.message
    assert "expired on 2029-12-31" in second.message
    assert _fixed(source).startswith(f"{LINE}\n")


def test_a_date_that_cannot_be_read_is_not_deleted_unasked() -> None:
    """It is reported, without quoting it, and the fix is not safe: the date may be a slip."""
    document, (finding,) = _unused(f"{LINE}  # unspill: ignore until {token(3)}\n")
    assert token(3) not in repr(finding)
    plan = fixes.plan(finding, document, project())
    assert plan.safe is None
    assert plan.fixes[0].safety is Safety.UNSAFE


@pytest.mark.parametrize(
    "directive",
    [
        "gitleaks:allow", "betterleaks:allow", "trufflehog:ignore", "infisical-scan:ignore", "ggignore",
        "no-dd-secrets", "kingfisher:ignore", "pragma: allowlist secret", "pragma: whitelist nextline secret",
        "secretlint-disable-line", "secretlint-disable-next-line",
    ],
)  # fmt: skip
def test_other_scanners_may_need_theirs(directive: str) -> None:
    """What was written for another secret scanner is a finding of low confidence, and its deletion is not safe."""
    document, (finding,) = _unused(f"x = 1  # {directive}\n")
    plan = fixes.plan(finding, document, project())
    assert finding.confidence is Confidence.LOW
    assert (plan.safe, plan.fixes[0].safety) == (None, Safety.UNSAFE)
    assert applied(document, plan.fixes[0]) == "x = 1\n"


@pytest.mark.parametrize(
    ("before", "after", "path", "language"),
    [
        ("x = 1  # unspill: ignore why\n", "x = 1\n", "app.py", "python"),
        ("a = 1\r\n  # unspill: ignore why\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n", "app.py", "python"),
        ("# unspill: ignore", "", "app.py", "python"),
        ("x = 1  # noqa: E501 # unspill: ignore why\n", "x = 1  # noqa: E501\n", "app.py", "python"),
        ("x = 1  # unspill: ignore why #12 # noqa: E501\n", "x = 1  # noqa: E501\n", "app.py", "python"),
        ("x = 1  # a # unspill: ignore why # b\n", "x = 1  # a # b\n", "app.py", "python"),
        ("x = 1  # unspill: ignore nosec\n", "x = 1  # nosec\n", "app.py", "python"),
        ("f( /* unspill: ignore why */ 1)\n", "f( 1)\n", "a.go", "code-slashes"),
        ("return /* unspill: ignore why */x\n", "return x\n", "a.go", "code-slashes"),
        ("x := 1 // unspill: ignore why\n", "x := 1\n", "a.go", "code-slashes"),
        ("x = 1\n; unspill: ignore a --> b */ c\n", "x = 1\n; --> b */ c\n", "a.ini", "ini"),
        ("x = 1  # unspill: ignore a */ b\n", "x = 1  # */ b\n", "app.py", "python"),
        ("Text.  <!-- unspill: ignore why -->\n\nMore.\n", "Text.\n\nMore.\n", "README.md", "readme"),
        ("<!-- unspill: ignore -->\nMore.\n", "More.\n", "README.md", "readme"),
        ("a: 1  # unspill: ignore\nb: 2\n", "a: 1\nb: 2\n", "a.yaml", "yaml"),
        ("FROM a\n# unspill: ignore\nRUN b\n", "FROM a\nRUN b\n", "Dockerfile", "dockerfile"),
        ("X=1\n# unspill: ignore\nY=2\n", "X=1\nY=2\n", ".env.example", "dotenv"),
        ('{"a": 1} // unspill: ignore\n', '{"a": 1}\n', "a.jsonc", "json"),
    ],
)
def test_deletion(before: str, after: str, path: str, language: str) -> None:
    """The directive goes with its reason, the comment if it is all of that, the line if it is all of that."""
    assert _fixed(before, path, language) == after


@pytest.mark.parametrize(
    ("listed", "reported", "left"),
    [
        (f"{RULE}, other-rule", "other-rule", RULE),
        (f"{RULE} , other-rule ", "other-rule", f"{RULE} "),
        (f"other-rule, {RULE}", "other-rule", RULE),
        (f"Other-Rule,{RULE}", "Other-Rule", RULE),
        (f"theirs, other-rule, {RULE}", "other-rule", f"theirs, {RULE}"),
        (f"{RULE},,other-rule", "other-rule", f"{RULE},"),
        (f"{RULE}, other-rule, other-rule", "other-rule", f"{RULE}, other-rule"),
    ],
)
def test_one_of_a_list(listed: str, reported: str, left: str) -> None:
    """An id that silences nothing beside one that does is reported, and goes with one comma; all else stays."""
    source = f"{LINE}  # unspill: ignore[{listed}] until 2030-01-02 why\n"
    document, (finding,) = _unused(source)
    assert (document.text(finding.span), finding.confidence) == (reported, Confidence.HIGH)
    assert _fixed(source) == f"{LINE}  # unspill: ignore[{left}] until 2030-01-02 why\n"


@pytest.mark.parametrize(
    ("listed", "settings"),
    [
        (f"{RULE}, theirs", Settings()),
        (f"{RULE}, {RULE}", Settings()),
        (f"{RULE}, other-rule", Settings(config_ignore=("other-rule",))),
        ("theirs, other-rule", Settings()),
    ],
)
def test_a_list_of_which_too_little_is_known(listed: str, settings: Settings) -> None:
    """An id of a rule that is off or not loaded may be needed, and beside it one that silences nothing stays."""
    assert _unused(f"{LINE}  # unspill: ignore[{listed}]\n", settings=settings)[1] == []


def test_in_a_notebook() -> None:
    """A comment in a cell goes from the file's JSON, which stays JSON."""
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["x = 1  # unspill: ignore why\n", "y = 2"]}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    fixed = json.loads(_fixed(json.dumps(notebook, indent=1), "a.ipynb", "notebook"))
    assert fixed["cells"][0]["source"] == ["x = 1\n", "y = 2"]


_WORDS = st.sampled_from(
    ["fmt: skip", "noqa: E501", "why not", "see #12", "type: ignore", "é 😀", "nosec B101", "x*y-z"]
)


@given(st.lists(_WORDS, max_size=3), st.lists(_WORDS, max_size=3), st.sampled_from(["", "x = {'a': 1}  ", "    "]))
def test_everything_else_stays(before: list[str], after: list[str], code: str) -> None:
    """Whatever stands around a directive in its comment stays, the program is the same, and nothing is left to fix."""
    parts = [*before, "unspill: ignore the reason", *after]
    source = f"a = 1\n{code}# {' # '.join(parts)}\nb = 2\n"
    fixed = _fixed(source)
    assert not any(one.tool == "unspill" for one in directives(document_of(fixed)))
    assert ast.dump(ast.parse(fixed)) == ast.dump(ast.parse(source))
    (comment,) = [document_of(fixed).text(one) for one in languages.comments(document_of(fixed))] or [""]
    assert comment == (f"# {' # '.join([*before, *after])}" if before or after else "")


def test_the_command_line(tmp_path: Path) -> None:
    """`check` reports without failing, `fix` deletes, and then there is nothing left."""
    folder = tmp_path / "a"
    write(folder, {"app.py": f"x = 1  # unspill: ignore[{RULE}] was here\n{LINE}  # unspill: ignore\n"})
    ran = unspill(folder, "check", "--format", "json")
    (found,) = ran.report["findings"]
    assert ran.code == 0
    assert (found["rule"], found["severity"], found["start"], found["fixable"]) == (
        "unused-ignore", "warning", {"line": 1, "column": 10}, True,
    )  # fmt: skip
    assert ran.report["summary"]["suppressed"]["inline"] == 1
    assert unspill(folder, "check", "--fail-on", "warning").code == 1
    assert unspill(folder, "check", "--fail-on", "warning", "--no-suppressions", "--ignore", RULE).code == 0
    assert unspill(folder, "fix").code == 0
    assert (folder / "app.py").read_text() == f"x = 1\n{LINE}  # unspill: ignore\n"
    assert unspill(folder, "check", "--fail-on", "warning").code == 0


def test_many_of_a_list_go_in_one_run(tmp_path: Path) -> None:
    """What overlaps with another edit goes in the next round: one run leaves the only id that silences something."""
    folder = tmp_path / "a"
    listed = ("pypi-api-token", "stripe-secret-key", RULE, "github-oauth-token", "slack-bot-token")
    write(folder, {"app.py": f"{LINE}  # unspill: ignore[{', '.join(listed)}]\n"})
    assert len(unspill(folder, "check", "--format", "json").report["findings"]) == 4
    assert unspill(folder, "fix").code == 0
    assert (folder / "app.py").read_text() == f"{LINE}  # unspill: ignore[{RULE}]\n"


def test_what_a_fix_makes_unused_goes_as_well(tmp_path: Path) -> None:
    """A directive for another rule, on a line whose secret is moved, is deleted in the same run."""
    folder = tmp_path / "a"
    write(folder, {"app.py": f"import os\n{LINE}  # unspill: ignore[pypi-api-token]\n", ".gitignore": ".env\n"})
    assert unspill(folder, "fix").code == 0
    assert "unspill" not in (folder / "app.py").read_text()
    assert token() not in (folder / "app.py").read_text()


def test_other_scanners_directives_are_no_flood(tmp_path: Path) -> None:
    """Adopting unspill in a repository full of other tools' directives reports none of them, unless asked."""
    folder = tmp_path / "a"
    write(folder, {f"{name}.py": "x = 1  # gitleaks:allow\ny = 2  # noqa\n" for name in "abc"})
    assert unspill(folder, "check", "--format", "json").report["findings"] == []
    report = unspill(folder, "check", "--format", "json", "--confidence", "low").report
    assert [found["rule"] for found in report["findings"]] == ["unused-ignore"] * 3


@pytest.mark.parametrize(
    ("source", "read"), [("x = 1  # noqa\n# nosec gitleaks:allow\n", False), (LINE, False), ("# unspill: ignore", True)]
)
def test_only_documents_with_a_directive_cost_something(source: str, read: bool, tmp_path: Path) -> None:
    """Without a directive of unspill's own nothing is loaded that reads directives, whatever linters are told."""
    write(tmp_path / "a", {"app.py": source})
    code = (
        "import sys; from unspill.cli.main import main; main(['check', '-q']);"
        "print('unspill.suppress.directive_syntaxes' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "a", env=environment(tmp_path), capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert ran.stdout.splitlines()[-1] == str(read)


@pytest.mark.parametrize(
    ("source", "sure", "unsure"),
    [("# unspill: ignore\n", True, True), ("# gitleaks:allow\n", False, True), ("x = 1\n", False, False)],
)
def test_worker_processes_pass_them_on(source: str, sure: bool, unsure: bool, tmp_path: Path) -> None:
    """In a large tree, too, a file without a finding is looked at again if a directive in it may be reported."""
    write(tmp_path, {"app.py": source})
    job = workers.Job(str(tmp_path / "app.py"), "app.py", 1000)
    for confidence, interesting in ((Confidence.MEDIUM, sure), (Confidence.LOW, unsure)):
        setup = workers.WorkerSetup(Context(Settings(confidence=confidence)))
        result = workers.Worker(setup, Scanners())(job)
        assert result.interesting is interesting


def test_an_expired_directive_goes_with_its_secret(tmp_path: Path) -> None:
    """One run moves a secret that is ignored no more, and deletes the directive on its line."""
    folder = tmp_path / "a"
    write(folder, {"app.py": f"import os\n{LINE}  # unspill: ignore until 2020-01-31 soon\n", ".gitignore": ".env\n"})
    assert unspill(folder, "fix").code == 0
    assert (folder / "app.py").read_text() == 'import os\nt = os.environ["HF_TOKEN"]\n'


def test_a_project_can_disable_it(tmp_path: Path) -> None:
    """What a project turns off is counted, as for every rule."""
    folder = tmp_path / "a"
    write(folder, {"app.py": "x = 1  # unspill: ignore\n", "unspill.toml": 'ignore = ["unused-ignore"]\n'})
    report = unspill(folder, "check", "--format", "json").report
    assert (report["findings"], report["summary"]["suppressed"]["config"]) == ([], 1)


def test_changes_are_not_enough_to_know(tmp_path: Path) -> None:
    """What is staged is a whole file; a range of commits and the history are not, and say nothing of directives."""
    folder = tmp_path / "a"
    write(folder, {"app.py": "x = 1\n"})
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    write(folder, {"app.py": "x = 1  # unspill: ignore\n"})
    git(folder, "add", ".")
    assert len(unspill(folder, "check", "--staged", "--format", "json").report["findings"]) == 1
    git(folder, "commit", "-m", "two")
    assert unspill(folder, "check", "--since", "HEAD~1", "--format", "json").report["findings"] == []
    assert unspill(folder, "check", "--history", "--format", "json").report["findings"] == []


def test_one_fix_deletes_directives_in_directives(tmp_path: Path) -> None:
    """Each of many directives in one comment is a round of its own: one run deletes them all."""
    folder = tmp_path / "a"
    write(folder, {"app.py": "x = 1  " + "# unspill: ignore" * 30 + "\n"})
    unspill(folder, "fix")
    assert unspill(folder, "check").code == 0
