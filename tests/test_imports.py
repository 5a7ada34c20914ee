"""Ignore files of other scanners: what they silence becomes known, nothing else does, and no value is written."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.errors import ConfigError
from unspill.suppress.importers import Ignored, digests, parse

from tests.cli import Ran, git, unspill, write
from tests.helpers import token
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [".gitleaksignore", ".betterleaksignore", ".secrets.baseline", ".gitguardian.yaml", ".secretlintignore"]
TOKENS = [token(seed) for seed in range(200, 204)]
PEM = sample("-----BEGIN RSA PRIVATE KEY-----\nMII[A-Za-z0-9]{61}\n-----END RSA PRIVATE KEY-----", random.Random(1))


def sha1(text: str) -> str:
    """What detect-secrets calls a value."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def sha256(text: str) -> str:
    """A SHA-256 digest in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def secrets_baseline(entries: dict[str, list[str]], **more: Any) -> str:
    """A `.secrets.baseline` with these hashes by path."""
    results = {
        path: [
            {"type": "Hugging Face", "filename": path, "hashed_secret": one, "is_verified": False, "line_number": 1}
            for one in hashes
        ]
        for path, hashes in entries.items()
    }
    return json.dumps({"version": "1.5.0", "plugins_used": [], "filters_used": [], "results": results, **more})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with four tokens in three files, of which one lies below a folder."""
    folder = tmp_path / "project"
    write(
        folder,
        {
            "app.py": f't = "{TOKENS[0]}"\nu = "{TOKENS[1]}"\n',
            "src/b.py": f'\n\nv = "{TOKENS[2]}"\n',
            "src/c.py": f'w = "{TOKENS[3]}"\n',
        },
    )
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "one")
    return folder


def adopted(folder: Path, name: str, content: str, *arguments: str) -> Ran:
    """The run that imports a file which is written first; it holds no value."""
    write(folder, {name: content})
    ran = unspill(folder, "baseline", "--import", name, *arguments)
    written = folder / ".unspill-baseline"
    texts = [ran.out, ran.err, written.read_text() if written.exists() else ""]
    for value in TOKENS:
        for trace in (value[3:15], sha1(value), sha256(value)):
            assert not any(trace in text for text in texts)
    return ran


def left(folder: Path) -> list[tuple[str, int]]:
    """Where `check` still finds something."""
    report = unspill(folder, "check", "app.py", "src", "--format", "json").report
    return [(found["path"], found["start"]["line"]) for found in report["findings"]]


def test_gitleaks_places(project: Path) -> None:
    """A fingerprint without a commit stands for what is on its line now; comments and other lines' findings do not."""
    content = "# known\n\napp.py:hugging-face-token:2\nsrc\\b.py:x:3\nsrc/b.py:x:1\ngone.py:x:1\n../out.py:x:1\n"
    ran = adopted(project, ".gitleaksignore", content)
    assert ran.code == 0
    assert ".gitleaksignore: 5 entries; 3 match no finding." in ran.out
    assert "2 findings in 2 files (2 added, 0 removed)" in ran.out
    assert left(project) == [("app.py", 1), ("src/c.py", 1)]


def test_gitleaks_commits(project: Path) -> None:
    """A fingerprint with a commit stands for the value that was there then, wherever in the file it is now."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=project, capture_output=True, text=True, check=True
    ).stdout.strip()
    write(project, {"app.py": f'# moved\nu = "{TOKENS[1]}"\nt = "{TOKENS[0]}"\n', "src/c.py": f'w = "{token(9)}"\n'})
    content = f"{head}:app.py:x:1\n{head}:src/c.py:x:1\n{'0' * 40}:src/b.py:x:3\n"
    assert "3 entries; 2 match no finding" in adopted(project, ".gitleaksignore", content).out
    assert left(project) == [("app.py", 2), ("src/b.py", 3), ("src/c.py", 1)]


def test_a_file_in_a_folder(project: Path) -> None:
    """Paths start at the folder of the file that names them."""
    write(project, {"src/.betterleaksignore": "b.py:x:3\n"})
    assert unspill(project / "src", "baseline", "--import", ".betterleaksignore").code == 0
    assert ("src/b.py", 3) not in left(project)
    assert (project / ".unspill-baseline").exists()


def test_detect_secrets(project: Path) -> None:
    """An entry stands for its value in its file, on any line; a private key is known by its first line."""
    write(project, {"src/c.py": f'w = "{TOKENS[3]}"\nx = """{PEM}"""\n'})
    hashes = {"src/c.py": [sha1("BEGIN RSA PRIVATE KEY"), sha1(TOKENS[2])], "app.py": [sha1(TOKENS[0])]}
    ran = adopted(project, ".secrets.baseline", secrets_baseline(hashes))
    assert "3 entries; 1 match no finding" in ran.out
    assert left(project) == [("app.py", 2), ("src/b.py", 3), ("src/c.py", 1)]


def test_detect_secrets_runs_nothing(project: Path) -> None:
    """Plugins and filters that a baseline names by path are not loaded, and results outside the root not opened."""
    trap = project.parent / "trap.py"
    write(project.parent, {"trap.py": f"open({str(project / 'ran')!r}, 'w')\nt = '{TOKENS[0]}'\n"})
    uri = f"file://{trap}"
    content = secrets_baseline(
        {str(trap): [sha1(TOKENS[0])], "../trap.py": [sha1(TOKENS[0])]},
        plugins_used=[{"name": "Trap", "path": uri}],
        filters_used=[{"path": f"{uri}::trap"}],
    )
    assert "2 entries; 2 match no finding" in adopted(project, ".secrets.baseline", content).out
    assert not (project / "ran").exists()
    assert not (project / ".unspill-baseline").exists()


def test_gitguardian(project: Path) -> None:
    """Hashes of a value with its kind and values in clear stand for any file; paths become a suggestion."""
    content = f"""
version: 2
secret:
  ignored_matches:
    - name: hashed with what it is
      match: {sha256(f"{TOKENS[0]},apikey")}
    - {{name: in clear, match: "{TOKENS[2]}"}}
    - match: {sha256("something else")}
  ignored-paths: ['**/README.md', "tests/data/*", LICENSE]
  ignored_detectors: [Generic Password]
iac:
  ignored_paths: [infra/]
"""
    ran = adopted(project, ".gitguardian.yaml", content)
    assert "3 entries; 1 match no finding" in ran.out
    assert 'exclude = [\n  "**/README.md",\n  "**/tests/data/*",\n  "LICENSE",\n]\n' in ran.out
    assert left(project) == [("app.py", 2), ("src/c.py", 1)]


def test_gitguardian_version_1(project: Path) -> None:
    """The older format has its lists at the top, and hashes without a name."""
    content = f"paths-ignore:\n- /docs/\nmatches-ignore:\n- {sha256(f'{TOKENS[3]},apikey')}\n- match: '{TOKENS[1]}'\n"
    assert '"/docs/"' in adopted(project, ".gitguardian.yml", content).out
    assert left(project) == [("app.py", 1), ("src/b.py", 3)]


def test_secretlint(project: Path) -> None:
    """Its patterns can be pasted into unspill.toml, and an exception, which `exclude` does not know, is said."""
    ran = adopted(project, ".secretlintignore", "# data\nsrc/*\n!src/c.py\n\nbuild\n")
    assert '  # "!src/c.py": exceptions are not supported\n' in ran.out
    assert (ran.code, (project / ".unspill-baseline").exists()) == (0, False)
    write(project, {"unspill.toml": ran.out[ran.out.index("exclude = [") :]})
    report = unspill(project, "check", "--format", "json").report
    assert {found["path"] for found in report["findings"]} == {"app.py"}


def test_several_files_and_an_old_baseline(project: Path) -> None:
    """What is known already stays, what several files name counts once, and `-o` names another baseline."""
    unspill(project, "baseline", "src/b.py", "-o", "known.txt")
    write(project, {".gitleaksignore": "app.py:x:1\nsrc/b.py:x:3\n"})
    ran = adopted(
        project, ".secrets.baseline", secrets_baseline({"app.py": [sha1(TOKENS[0]), sha1(TOKENS[1])]}),
        "--import", ".gitleaksignore", "-o", "known.txt",
    )  # fmt: skip
    assert "known.txt: 3 findings in 2 files (2 added, 0 removed)." in ran.out
    report = unspill(project, "check", "--baseline", "known.txt", "--format", "json", "app.py", "src").report
    assert [found["path"] for found in report["findings"]] == ["src/c.py"]


def test_a_new_secret_in_an_old_place_is_new(project: Path) -> None:
    """What was imported by its line is known by its value from then on."""
    adopted(project, ".gitleaksignore", "app.py:x:1\n")
    write(project, {"app.py": f't = "{token(9)}"\n\n\nu = "{TOKENS[0]}"\n'})
    assert [place for place in left(project) if place[0] == "app.py"] == [("app.py", 1)]


@pytest.mark.parametrize("arguments", [["--update"], ["--prune"]])
def test_one_thing_at_a_time(project: Path, arguments: list[str]) -> None:
    """An import neither adds nor drops anything else, so it does not go with what does."""
    ran = adopted(project, ".gitleaksignore", "app.py:x:1\n", *arguments)
    assert (ran.code, "--import" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".gitleaksignore", "app.py:x:1\nsome other text\n"),
        (".gitleaksignore", b"app.py\xff:x:1\n"),
        (".secrets.baseline", "{"),
        (".secrets.baseline", "[]"),
        (".secrets.baseline", "[" * 100_000),
        (".secrets.baseline", '{"results": []}'),
        (".secrets.baseline", '{"results": {"a.py": [{"hashed_secret": 3}]}}'),
        (".secrets.baseline", '{"results": {"a.py": [null]}}'),
        (".gitguardian.yaml", "secret: [unclosed\n"),
        (".gitguardian.yaml", "just text"),
        ("ignore.txt", "app.py:x:1\n"),
    ],
)
def test_bad_files(project: Path, name: str, content: str | bytes) -> None:
    """A file that is not what its name says is named with the reason, and nothing is written."""
    write(project, {name: content})
    ran = unspill(project, "baseline", "--import", name)
    assert ran.code == 2
    assert ran.err.startswith(f"unspill: {name}:")
    assert "some other text" not in ran.err
    assert not (project / ".unspill-baseline").exists()


def test_files_that_are_not_there(project: Path) -> None:
    """A missing file, a folder and a link are errors, not empty files."""
    (project / ".gitleaksignore").symlink_to(project / "app.py")
    (project / ".secretlintignore").mkdir()
    for name in (".gitleaksignore", ".secretlintignore", ".secrets.baseline"):
        ran = unspill(project, "baseline", "--import", name)
        assert (ran.code, "file not found" in ran.err) == (2, True)


@given(
    st.sampled_from(NAMES),
    st.binary() | st.text().map(str.encode) | st.from_regex(r'[-{}\[\]:,"a \n]{0,40}').map(str.encode),
)
def test_any_bytes(name: str, data: bytes) -> None:
    """Whatever is in a file, it is read, or refused with the user's error."""
    with contextlib.suppress(ConfigError):
        parse(data, name)


@given(st.text(min_size=1), st.integers(1, 10**8), st.sampled_from(["", "0123456789abcdef" * 2 + "01234567"]))
def test_gitleaks_paths(path: str, line: int, commit: str) -> None:
    """A path may hold colons: rule and line are the last parts of a fingerprint, a commit is 40 hexadecimal digits."""
    path = "a" + "".join(path.split()) + ":b"
    text = ":".join(filter(None, [commit, path, "rule", str(line)]))
    (ignored,) = parse(text.encode("utf-8", "surrogatepass"), ".gitleaksignore").ignored
    assert (ignored.line, ignored.commit) == (line, commit)


def test_values_in_clear_are_hashed_at_once() -> None:
    """What a configuration holds in clear is not kept, and is found by the digests of a value all the same."""
    foreign = parse(f"secret:\n  ignored_matches: [{{match: '{TOKENS[0]}'}}]\n".encode(), ".gitguardian.yaml")
    assert TOKENS[0][3:] not in repr(foreign)
    assert [one.digest in digests(TOKENS[0]) for one in foreign.ignored] == [True]
    assert foreign.ignored == (Ignored(digest=sha256(TOKENS[0])),)
