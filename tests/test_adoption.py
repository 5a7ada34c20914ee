"""Adopting unspill in a repository with a past: five published packages, 200 secrets in 300 commits, a pull request.

The packages are downloaded with pip, once, into the user's cache folder.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

import jsonschema
import pygit2
import pytest
from pydantic_sarif import model as sarif_model
from unspill import rules
from unspill.output import OUTPUTS

from tests.cli import unspill
from tests.samples import fill
from tests.test_output_formats import GITLAB, GITLAB_SECRETS
from tests.tokens import complete

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("click==8.1.8", "flask==3.1.0", "itsdangerous==2.2.0", "jinja2==3.1.6", "werkzeug==3.1.3")
KINDS = (
    "huggingface-user-token anthropic-api-key openai-project-key github-pat-classic gitlab-pat slack-bot-token "
    "stripe-secret-key npm-access-token pypi-api-token mongodb-uri digitalocean-pat generic-password url-basic-auth"
).split()
COMMITS, SECRETS, MOVED = 300, 200, 2_000
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unspill-sdists"
SCHEMA = json.loads((Path(rules.__file__).parent / "schemas" / "check.json").read_text(encoding="utf-8"))
_START = 1_700_000_000
_SHOWN = 8
"""So many characters of a value in a row would be a leak."""
_END = 20
_GUESSABLE = 12


class Adopted(NamedTuple):
    """A repository with a baseline and, on top, a pull request."""

    folder: Path
    base: str
    """The commit that the pull request starts from."""
    values: frozenset[str]
    """Every planted value."""
    leaks: list[tuple[str, int]]
    """What the pull request brings: path and line, from 1."""


class History:
    """A repository that is written commit by commit, without a work tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = pygit2.init_repository(str(folder), initial_head="main")
        self.files: dict[str, bytes] = {}
        self.commits = 0

    def write(self, path: str, data: bytes) -> None:
        """Have a file in the next commit."""
        self.files[path] = data
        blob = self.repository.create_blob(data)
        self.repository.index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))

    def remove(self, path: str) -> bytes:
        """Have a file no more."""
        self.repository.index.remove(path)
        return self.files.pop(path)

    def commit(self) -> str:
        """Commit, and return the id."""
        who = pygit2.Signature("x", "x@example.org", _START + 600 * self.commits)
        tree = self.repository.index.write_tree()
        parents = [self.repository.head.target] if self.commits else []
        self.commits += 1
        return str(self.repository.create_commit("HEAD", who, who, f"{self.commits}", tree, parents))

    def check_out(self) -> None:
        """Make the work tree what the last commit holds."""
        self.repository.index.write()
        strategy = pygit2.enums.CheckoutStrategy.FORCE | pygit2.enums.CheckoutStrategy.REMOVE_UNTRACKED
        self.repository.checkout("HEAD", strategy=strategy)


def sdists() -> list[Path]:
    """The packages; the test is skipped if they cannot be had."""
    names = [f"{package.replace('==', '-')}.tar.gz" for package in PACKAGES]
    if not all((CACHE / name).exists() for name in names):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        done = subprocess.run([*pip, "--dest", str(CACHE), *PACKAGES], capture_output=True, timeout=300)
        if done.returncode:
            pytest.skip(f"the package registry cannot be reached: {done.stderr.decode().strip()[-200:]}")
    return [CACHE / name for name in names]


def secrets() -> Iterator[tuple[str, str]]:
    """Lines with a made-up value, and the value: each kind in turn."""
    known = {rule.id: rule for rule in rules.load(rules.shipped())}
    number = 0
    while True:
        for kind in KINDS:
            sample = complete(known[kind], fill(known[kind].example[0], Random(f"{kind} {number}")))
            yield sample.text, sample.values[0]
        number += 1


def lines_of(data: bytes) -> list[str]:
    """The lines of a file, with their ends."""
    return data.decode().splitlines(keepends=True)


def bytes_of(lines: list[str]) -> bytes:
    """The file that has these lines."""
    return "".join(lines).encode()


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Adopted:
    """The repository at the end of the pull request, checked out."""
    history = History(tmp_path_factory.mktemp("adoption") / "repository")
    for archive in sdists():
        with tarfile.open(archive) as tar:
            for member in filter(tarfile.TarInfo.isfile, tar):
                content = tar.extractfile(member)
                assert content is not None
                history.write(member.name, content.read())
    history.commit()
    random, made = Random(6), secrets()
    planted = [plant(history, *next(made), random) for _ in range(SECRETS)]
    while history.commits < COMMITS:
        plant(history, f"# Note {history.commits}", "", random)
    history.check_out()
    assert unspill(history.folder, "baseline").code == 0
    history.write(".unspill-baseline", (history.folder / ".unspill-baseline").read_bytes())
    base = history.commit()
    leaks = leak(history, made, planted, move(history, planted))
    history.commit()
    history.check_out()
    values = frozenset([*(value for _, value in planted), *(value for _, _, value in leaks)])
    return Adopted(history.folder, base, values, sorted((path, line) for path, line, _ in leaks))


def plant(history: History, line: str, value: str, random: Random) -> tuple[str, str]:
    """Commit a new line somewhere between the definitions of a module; returns the module's path and the value."""
    modules = [path for path in sorted(history.files) if path.endswith(".py") and definitions(history.files[path])]
    path = random.choice(modules)
    lines = lines_of(history.files[path])
    lines.insert(random.choice(definitions(history.files[path])), f"{line}\n")
    history.write(path, bytes_of(lines))
    history.commit()
    return path, value


def definitions(data: bytes) -> list[int]:
    """The indices of the lines at which a module's functions and classes start."""
    starts = re.compile(r"(?:async )?(?:def|class) ")
    lines = lines_of(data)
    return [at for at, line in enumerate(lines) if starts.match(line) and not lines[at - 1].startswith("@")]


def move(history: History, planted: list[tuple[str, str]]) -> list[str]:
    """Move lines about in modules that hold secrets; returns those modules that stay where they are, longest first."""
    paths = sorted({path for path, _ in planted}, key=lambda path: -len(lines_of(history.files[path])))
    moved = 0
    for path in paths[:4]:  # the second half of a module comes first
        lines = lines_of(history.files[path])
        starts = definitions(history.files[path])
        middle = starts[len(starts) // 2]
        history.write(path, bytes_of([*lines[middle:], *lines[:middle]]))
        moved += min(middle, len(lines) - middle)
    giver, taker = paths[4:6]  # the end of a module goes to another
    lines = lines_of(history.files[giver])
    start = definitions(history.files[giver])[-4]
    history.write(giver, bytes_of(lines[:start]))
    history.write(taker, history.files[taker] + bytes_of(lines[start:]))
    moved += len(lines) - start
    guessable = {path for path, value in planted if len(value) < _GUESSABLE} - set(paths[:6])
    for path in sorted(guessable)[:4]:  # a module with a password that could be guessed gets another name
        data = history.remove(path)
        history.write(path.replace(".py", "_renamed.py"), data)
        moved += len(lines_of(data))
    assert moved >= MOVED
    return [path for path in paths if path in history.files]


def leak(
    history: History, made: Iterator[tuple[str, str]], planted: list[tuple[str, str]], modules: list[str]
) -> list[tuple[str, int, str]]:
    """Bring a secret in a new file, one in a module, and one in the place of another: path, line from 1 and value."""
    line, first = next(made)
    history.write("deploy/settings.py", f"# Where we run\n{line}\n".encode())
    line, second = next(made)
    end = len(lines_of(history.files[modules[0]]))
    history.write(modules[0], history.files[modules[0]] + f"{line}\n".encode())
    path, old = next((path, value) for path, value in planted if value.startswith("hf_") and path in modules[6:])
    third = next(value for _, value in made if value.startswith("hf_"))
    at = next(at for at, line in enumerate(lines_of(history.files[path])) if old in line)
    history.write(path, history.files[path].replace(old.encode(), third.encode()))
    return [("deploy/settings.py", 2, first), (modules[0], end + 1, second), (path, at + 1, third)]


def _in_text(text: str) -> int:
    return len(re.findall(r"^\S+:\d+:\d+: (?:error|warning) \[", text, re.MULTILINE))


def _in_json(text: str) -> int:
    content = json.loads(text)
    jsonschema.validate(content, SCHEMA)
    return len(content["findings"])


def _in_jsonl(text: str) -> int:
    types = [json.loads(line)["type"] for line in text.splitlines()]
    assert types.pop() == "summary"
    assert set(types) == {"finding"}
    return len(types)


def _in_sarif(text: str) -> int:
    content = json.loads(text)
    sarif_model.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(content)
    return sum(not result.get("suppressions") for result in content["runs"][0]["results"])


def _in_github(text: str) -> int:
    annotations = re.findall(r"^::error file=\S+,line=\d+,endLine=\d+,col=\d+,endColumn=\d+,title=", text, re.MULTILINE)
    assert len(annotations) == _in_text(text)
    return len(annotations)


def _in_gitlab(text: str) -> int:
    content = json.loads(text)
    jsonschema.validate(content, GITLAB)
    return len(content)


def _in_gitlab_secrets(text: str) -> int:
    content = json.loads(text)
    jsonschema.validate(content, GITLAB_SECRETS)
    return len(content["vulnerabilities"])


def _in_junit(text: str) -> int:
    suites = ET.fromstring(text)  # our own text
    failures = suites.findall("testsuite/testcase/failure")
    assert suites.get("failures") == str(len(failures))
    return len(failures)


def _in_html(text: str) -> int:
    return text.count('<td class="error">')


SHOWN = {
    "text": _in_text,
    "json": _in_json,
    "jsonl": _in_jsonl,
    "sarif": _in_sarif,
    "github": _in_github,
    "gitlab": _in_gitlab,
    "gitlab-secrets": _in_gitlab_secrets,
    "junit": _in_junit,
    "html": _in_html,
}
"""How many findings a report shows; each fails for a report that its readers would not take."""


def test_every_format_is_read() -> None:
    """No format is left out below."""
    assert set(SHOWN) == set(OUTPUTS)


@pytest.mark.slow
def test_the_baseline_knows_all_that_was_planted(adopted: Adopted) -> None:
    """Without it every secret is found; with it what the pull request brings, at its place, and nothing else."""
    report = unspill(adopted.folder, "check", "--no-suppressions", "--format", "json").report
    assert len(report["findings"]) >= SECRETS + len(adopted.leaks)
    report = unspill(adopted.folder, "check", "--format", "json").report
    assert [(found["path"], found["start"]["line"]) for found in report["findings"]] == adopted.leaks
    assert report["summary"]["suppressed"]["baseline"] >= SECRETS - 1  # one gave way to another


@pytest.mark.slow
@pytest.mark.parametrize("since", [False, True], ids=["baseline", "since"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_three_findings_in_every_format(adopted: Adopted, name: str, since: bool) -> None:
    """The pull request's leaks are all that a report shows, and no piece of any value is in it or on stderr."""
    ran = unspill(
        adopted.folder, "check", "--format", name, *(["--no-suppressions", "--since", adopted.base] if since else [])
    )
    assert ran.code == 1, ran.err
    assert SHOWN[name](ran.out) == len(adopted.leaks) == 3
    assert leaked(adopted, (ran.out + ran.err).encode()) == []


def test_the_baseline_and_a_range_together(adopted: Adopted) -> None:
    """What the baseline knows is known in the lines that a pull request moves too, and what it brings is found."""
    report = unspill(adopted.folder, "check", "--since", adopted.base, "--format", "json").report
    assert [(found["path"], found["start"]["line"]) for found in report["findings"]] == adopted.leaks


@pytest.mark.slow
def test_no_value_is_kept(adopted: Adopted, tmp_path: Path) -> None:
    """No piece of a value is in the baseline, or in what a run with an empty cache leaves there."""
    assert unspill(adopted.folder, "check", XDG_CACHE_HOME=str(tmp_path)).code == 1
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    for path in (*kept, adopted.folder / ".unspill-baseline"):
        assert leaked(adopted, path.read_bytes()) == []


def leaked(adopted: Adopted, data: bytes) -> list[bytes]:
    """The pieces of planted values that are in `data`; of their ends, since rules know how they begin."""
    ends = (value.encode()[-_END:] for value in adopted.values)
    pieces = {end[at : at + _SHOWN] for end in ends for at in range(len(end) - _SHOWN + 1)}
    return [data[at : at + _SHOWN] for at in range(len(data)) if data[at : at + _SHOWN] in pieces]
