"""The one way from a text to what is shown of it: whoever goes it, the editor or the command line, shows the same."""

from __future__ import annotations

import io
import itertools
import pickle
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from unspill import app, checks, output
from unspill.app import Collector, Request, baseline, check
from unspill.checks.check import Check
from unspill.cli.arguments import loader
from unspill.model import USUAL, Related, Severity, Span
from unspill.output import json, sarif
from unspill.pipeline import Context, Scanners, analyse, analyse_file, project
from unspill.project import clean
from unspill.project.tree import DiskTree
from unspill.settings import Settings
from unspill.space import apps
from unspill.space.apps import Apps
from unspill.suppress import directive
from unspill.suppress.baseline import Baseline, Entry, can_baseline
from unspill.suppress.inline import inline
from unspill.suppress.known import Known, State, fingerprints

from tests.cli import git, write
from tests.helpers import document_of, guessable, token
from tests.lsp.harness import Editor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding

RULE = "huggingface-user-token"
SCANNERS = Scanners()
_SEVERITIES = [Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.HINT]
_NAMES = ("app.py", "src/app.py", ".env", "src/.env", ".env.example", "Dockerfile", "run.sh", "notes.md", "a.yaml")
_LINES = (
    "x = 1  # é 漢",
    'HF_TOKEN = "{token}"',
    "HF_TOKEN={token}",
    'password = "{password}"',
    "DB_PASSWORD={password}",
    "api_key: {token}",
    "ENV A={token}",
    f'k = "{{token}}"  # unspill: ignore[{RULE}] why',
    'k = "{token}"  # unspill: ignore until 2020-01-31 over',
    "# unspill: ignore",
    f"# unspill: ignore[{RULE}, generic-password]",
    "# unspill: ignore[dotenv-tracked]",
    "x = 1  # gitleaks:allow",
    'k = "{token}"  # noqa: S105',
)
_SETTINGS = (
    "",
    'ignore = ["unused-ignore", "dotenv-tracked"]\n',
    f'ignore = ["{RULE}"]\n',
    f'[severity]\n"{RULE}" = "hint"\nunused-ignore = "error"\n',
    'exclude = ["src/"]\n',
    'exclude = ["/app.py", ".env"]\n',
)
_TEXTS = st.lists(st.tuples(st.sampled_from(_LINES), st.integers(0, 3)), max_size=6)


class Case(NamedTuple):
    """A file of a project."""

    name: str
    before: list[tuple[str, int]]
    """Lines of the file when the baseline was made; they are in it still."""
    more: list[tuple[str, int]]
    """Lines that it has got since."""
    config: str
    has_baseline: bool
    was_moved: bool
    """Whether it stood in another folder when the baseline was made."""
    git: str
    """What git does: nothing, it has `ignored` a `.env`, or it has `tracked` the file."""

    def text(self, lines: list[tuple[str, int]]) -> str:
        """Lines as a text."""
        made = (line.format(token=token(seed), password=guessable(seed)) for line, seed in lines)
        return "".join(f"{line}\n" for line in made)


_CASES = st.builds(
    Case,
    st.sampled_from(_NAMES),
    _TEXTS,
    _TEXTS,
    st.sampled_from(_SETTINGS),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "", "ignored", "tracked"]),
)


def request(folder: Path, confidence: str) -> Request:
    """What `unspill check` is asked in a folder."""
    return Request((str(folder),), loader({"confidence": confidence}), str(folder), jobs=1)


def made(folder: Path, case: Case, confidence: str) -> Path:
    """The file of a case, in a project of its own with all that is around it."""
    write(folder, {".git/HEAD": "ref: refs/heads/main\n", "pyproject.toml": ""})
    if case.git:
        git(folder, "init", "-q")
    path = folder / case.name
    if case.has_baseline:
        name = f"old/{path.name}" if case.was_moved else case.name
        write(folder, {name: case.text(case.before)})
        baseline.record(Collector(request(folder, confidence)).walk(), str(folder / ".unspill-baseline"))
        (folder / name).unlink()
    write(folder, {case.name: case.text([*case.before, *case.more]), "unspill.toml": case.config})
    if case.git == "ignored":
        write(folder, {".gitignore": ".env\n"})
    elif case.git == "tracked":
        git(folder, "add", "-f", case.name)
    return path


def reported(path: Path, folder: Path, confidence: str) -> list[tuple[object, ...]]:
    """What `check` reports of a file when it looks at the whole project."""
    report = check(request(folder, confidence).with_own_baseline())
    name = path.relative_to(folder).as_posix()
    return [(row.rule, row.severity, *row.start, *row.end, row.message) for row in report.rows if row.path == name]


def shown(path: Path, editor: Editor) -> list[tuple[object, ...]]:
    """What the editor shows of a file, in the same words."""
    uri = path.as_uri()
    editor.open(uri, path.read_text("utf-8"), "plaintext")
    found = editor.settled(uri)
    editor.close(uri)
    return [
        (
            one["code"],
            _SEVERITIES[one["severity"] - 1],
            *(one["range"][end][key] for end in ("start", "end") for key in ("line", "character")),
            one["message"],
        )
        for one in found
    ]


@pytest.fixture(scope="module", params=["medium", "low"])
def editor(request: pytest.FixtureRequest) -> Iterator[Editor]:
    """An editor without a workspace, for people who want to be sure, and for those who want to see more."""
    chosen = {"confidence": request.param}
    with Editor(None, options=chosen, configuration=chosen) as made:
        yield made


_numbers = itertools.count()


@pytest.mark.slow
@given(_CASES)
@example(Case(".env", [], [("HF_TOKEN={token}", 0)], "", has_baseline=False, was_moved=False, git="tracked"))
@example(Case("src/app.py", [('password = "{password}"', 0)], [], "", has_baseline=True, was_moved=True, git=""))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_editor_shows_what_check_reports(
    editor: Editor, tmp_path_factory: pytest.TempPathFactory, case: Case
) -> None:
    """For any text, settings, directives, baseline and place of a `.env` both have the same findings in one order."""
    confidence = editor.options["confidence"]
    folder = tmp_path_factory.getbasetemp() / f"{confidence}-{next(_numbers)}"
    path = made(folder, case, confidence)
    assert shown(path, editor) == reported(path, folder, confidence)


def test_a_context_is_a_value(tmp_path: Path) -> None:
    """It can be sent to another process, and says the same there: no engine is in it, and no secret."""
    write(tmp_path, {".gitignore": ".env\n", ".env": f"HF_TOKEN={token(1)}\n", "app.py": f't = "{token(2)}"\n'})
    document = document_of((tmp_path / "app.py").read_text())
    found = analyse(document, Context(Settings()), SCANNERS).kept().findings
    states = [State("app.py", document, found)]
    counts = {Entry("app.py", RULE, fingerprints(states, b"key")[document, RULE, found[0].span]): 1}
    context = Context(Settings(), DiskTree(str(tmp_path)), known=Known(Baseline("", b"key", counts), str(tmp_path), ""))
    for name, known in ((".env", ()), ("app.py", found)):
        own = context._replace(known=context.known and context.known._replace(path=name))
        raw = (tmp_path / name).read_bytes()
        sent = pickle.loads(pickle.dumps(own))
        kept, there = (analyse_file(raw, name, one, SCANNERS) for one in (own, sent))
        assert kept is not None
        assert there is not None
        assert kept.kept() == there.kept()
        assert kept.kept().known == known
        assert kept.kept().findings == ()


def todo(document: Document, _seen: Seen) -> Iterator[Finding]:
    """A finding for a word."""
    at = document.data.find(b"TODO")
    yield TODO.finding(document.path, Span(at, at + 4), "There is something to do.")


TODO = Check("todo", "To do", Severity.ERROR, "Do it.", todo)


def ask(monkeypatch: pytest.MonkeyPatch, check: Check, where: checks.Where) -> None:
    """Have a check asked before all others."""
    asked, every = checks.asked, (check, *checks.known())

    def also(data: bytes, language: str, *, follows: bool | None = None, **told: Any) -> tuple[Check, ...]:
        first = [check] if where.is_for(data, language) and not follows else []
        return (*first, *asked(data, language, follows=follows, **told))

    monkeypatch.setattr(checks, "known", lambda: every)
    monkeypatch.setattr(checks, "asked", also)


@pytest.fixture
def with_todo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check on documents in which nothing else is found."""
    ask(monkeypatch, TODO, checks.Where(("python", "dotenv"), (b"TODO",)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with two files that the check is for, of which one has a secret, and one that it is not for."""
    root = tmp_path / "r"
    write(root, {"a.py": "x = 1  # TODO\n", "b.py": f't = "{token(1)}"  # TODO\n', "c.md": "TODO\n", "d.py": "x = 2\n"})
    git(root, "init", "-q")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    git(root, "add", ".")
    return root


_WAYS: dict[str, Callable[[Request], Request]] = {
    "files": Request.with_own_baseline,
    "stdin": lambda one: one._replace(paths=(), stdin=("a.py", b"x = 1  # TODO\n")),
    "staged": lambda one: one._replace(staged=True),
    "since": lambda one: one._replace(since="HEAD~1"),
}


@pytest.mark.usefixtures("with_todo")
@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
@pytest.mark.parametrize("way", _WAYS)
def test_a_check_sees_every_text(way: str, many: bool, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a text comes in, and however many there are, the checks are asked about it, the second time as well."""
    if many:
        monkeypatch.setattr(app, "MANY_FROM", 0)
        monkeypatch.setattr(clean, "_FEW", 0)
        monkeypatch.setattr(clean, "_GRANULARITY", -(10**18))
    if way == "since":
        git(folder, "commit", "-q", "-m", "y")
    for _ in range(2):
        rows = check(_WAYS[way](request(folder, "medium"))).rows
        expected = [("a.py", "todo"), ("b.py", RULE), ("b.py", "todo")]
        assert [(row.path, row.rule) for row in rows] == (expected if way != "stdin" else expected[:1])


@pytest.mark.usefixtures("with_todo")
def test_a_check_is_silenced_as_a_rule_is() -> None:
    """Directives, severities and selections mean checks as well, and directives that silence them are of use."""
    source = "x = 1  # TODO unspill: ignore[todo]\n"
    (silenced,) = analyse(document_of(source), Context(Settings()), SCANNERS).kept().inline
    assert silenced.rule == "todo"
    shown = analyse(document_of(source), Context(Settings(), directives=False), SCANNERS).kept()
    assert ([one.rule for one in shown.findings], shown.inline) == (["todo"], ())
    hushed = analyse(document_of("TODO\n"), Context(Settings(config_ignore=("todo",))), SCANNERS).kept()
    assert (hushed.findings, hushed.config) == ((), 1)


def test_a_check_that_is_turned_off_is_counted(tmp_path: Path) -> None:
    """What a configuration file keeps out of the report is counted, also when it is the finding of a check."""
    write(tmp_path, {".env": f"HF_TOKEN={token(1)}\n", "unspill.toml": 'ignore = ["dotenv-tracked"]\n'})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".env")
    report = check(request(tmp_path, "medium"))
    assert [row.rule for row in report.rows] == [RULE]
    assert report.suppressed["config"] == 1


def test_traits_decide_and_not_ids() -> None:
    """A finding of another id with the traits of an unused directive can neither be ignored nor be known."""
    document = document_of("x = 1  # unspill: ignore\n")
    (found,) = analyse(document, Context(Settings()), SCANNERS).kept().findings
    assert (found.rule, found.traits.can_be_ignored) == ("unused-ignore", False)
    other = found._replace(rule="another")
    assert inline(document, [other]) == ((other,), ())
    assert inline(document, [other._replace(traits=USUAL)])[0] == ()
    assert directive.edit(document_of("x = 1\n"), other) is None
    assert not can_baseline(other)


def test_a_finding_names_related_places(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON, SARIF and the editor have each with its file; one that is not there any more is left out."""

    def noted(document: Document, _seen: Seen) -> Iterator[Finding]:
        there = Related("noted there", "notes/c.md", Span(3, 7))
        here = Related("see here", document.path, Span(0, 1))
        gone = Related("nowhere", "gone.md", Span(0, 1))
        yield noting.finding(document.path, Span(4, 5), "It is noted.", related=(there, here, gone))

    noting = Check("noted", "Noted", Severity.ERROR, "Look.", noted)
    ask(monkeypatch, noting, checks.Where(("python",), (b"= 2",)))
    write(folder, {"notes/c.md": "é\nTODO\n", "src/d.py": "x = 2\n"})
    working = folder / "src"
    report = check(request(working, "medium"))
    (found,) = json.content(report)["findings"]
    places = [(one["path"], one["start"], one["message"]) for one in found["related"]]
    assert places == [
        ("../notes/c.md", {"line": 2, "column": 1}, "noted there"),
        ("d.py", {"line": 1, "column": 1}, "see here"),
    ]
    stream = io.StringIO()
    output.write("text", report, stream, output.Style())
    assert "  note: ../notes/c.md:2:1: noted there\n  note: d.py:1:1: see here\n" in stream.getvalue()
    (result,) = sarif.content(report)["runs"][0]["results"]
    (uri, _) = (one["physicalLocation"]["artifactLocation"]["uri"] for one in result["relatedLocations"])
    assert uri == "../notes/c.md"
    with Editor(folder) as editor:
        path = folder / "src" / "d.py"
        editor.open(path.as_uri(), path.read_text())
        (shown,) = editor.diagnostics(path.as_uri())
    first, second = shown["relatedInformation"]
    assert (first["message"], first["location"]["uri"]) == ("noted there", (folder / "notes" / "c.md").as_uri())
    assert first["location"]["range"]["start"] == {"line": 1, "character": 0}
    assert second["location"]["uri"] == path.as_uri()


def test_a_check_on_the_project_sees_its_space(tmp_path: Path) -> None:
    """The texts as they are given, else on disk: nothing ignored, installed, binary, or of another Space."""
    files = ["app.py", "src/a.py", "out/b.py", "env/pyvenv.cfg", "env/c.py", "node_modules/d.js", "other/e.py"]
    write(tmp_path, {**dict.fromkeys(files, "x = 1\n"), ".gitignore": "out/\n*.log\n", "f.log": "x", "g.bin": "\0"})
    write(tmp_path, {"README.md": "---\nsdk: gradio\n---\n", "other/README.md": "---\nsdk: static\n---\n"})
    tree = DiskTree(str(tmp_path))
    home = Apps(tree).at("src/a.py")
    assert home is not None
    assert home.sdk == "gradio"
    documents = project.AppTexts().of(tree, home, {"src/a.py": b"x = 2\n"})
    found = {document.path: document.data for document in documents or ()}
    assert list(found) == [".gitignore", "README.md", "app.py", "src/a.py"]
    assert found["src/a.py"] == b"x = 2\n"


@pytest.mark.parametrize(
    ("files", "root"),
    [
        ({"README.md": "---\nsdk: docker\n---\n"}, ""),
        ({".env.example": "A=\n"}, ""),
        ({"src/.env": "A=\n"}, ""),
        ({".env": "A=\n", "src/README.md": "---\nsdk: docker\n---\n"}, "src"),
        ({"other/.env": "A=\n", "README.md": "# An app\n"}, None),
    ],
)
def test_where_checks_are_asked(files: dict[str, str], root: str | None, tmp_path: Path) -> None:
    """In a Space, or where a dotenv file is in a folder around; never without the files around the document."""
    write(tmp_path, {"src/Dockerfile": "FROM a\n", **files})
    app = apps.at(DiskTree(str(tmp_path)), "src/Dockerfile")
    assert (app.root if app is not None else None) == root
    assert apps.at(None, "src/Dockerfile") is None


@pytest.mark.parametrize(
    "more",
    [
        {".env.example": "A=\n", "pyproject.toml": '[tool.unspill]\nexclude = [".env*"]\n'},
        {"README.md": "---\nsdk: gradio\n---\n", "pyproject.toml": '[tool.unspill]\nexclude = ["*.md"]\n'},
        {"README.md": "---\nsdk: gradio\n---\n", ".gitignore": "*.md\n"},
        {".env/pyvenv.cfg": ""},
        {},
    ],
)
def test_a_file_alone_is_in_the_app_that_the_folder_has(more: dict[str, str], tmp_path: Path) -> None:
    """Whatever the settings or git keep from being scanned, and whatever a folder is called."""
    write(tmp_path, {".git/HEAD": "", "src/app.py": 'import os\n\nkey = os.environ["MY_API_KEY"]\n', **more})
    asked = [request(tmp_path, "medium")._replace(paths=(str(tmp_path / path),)) for path in ("", "src", "src/app.py")]
    found = [[(one["rule"], one["start"]) for one in json.content(check(each))["findings"]] for each in asked]
    assert found[0] == found[1] == found[2]
    assert [rule for rule, _ in found[0]] == ["undeclared-secret"] * (len(more) == 2)
