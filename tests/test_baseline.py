"""The baseline: what is known stays quiet wherever it moves, what is new does not, and the file says no value."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.errors import ConfigError
from unspill.suppress.baseline import Baseline, Entry, match, new, parse, text

from tests.cli import git, unspill, write
from tests.helpers import guessable, token

if TYPE_CHECKING:
    from pathlib import Path

NAME = ".unspill-baseline"
A, B = Entry("a.py", "rule", "a" * 32), Entry("b.py", "rule", "a" * 32)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with three known tokens in two files."""
    folder = tmp_path / "project"
    write(folder, {"app.py": f't = "{token(1)}"\nu = "{token(2)}"\n', "sub/b.py": f'v = "{token(3)}"\n'})
    git(folder, "init")
    assert unspill(folder, "baseline").code == 0
    return folder


def lines(folder: Path) -> list[str]:
    """The baseline's entries."""
    return (folder / NAME).read_text().splitlines()[1:]


def found(folder: Path, *arguments: str) -> list[tuple[str, int]]:
    """The path and line of every finding that `check` shows."""
    report = unspill(folder, "check", "--format", "json", *arguments).report
    return [(finding["path"], finding["start"]["line"]) for finding in report["findings"]]


def test_what_is_known_is_silent_and_counted(project: Path) -> None:
    """A check finds nothing of the baseline, says how much that is, and does not write the file."""
    before = (project / NAME).read_bytes()
    ran = unspill(project, "check", "--format", "json")
    assert ran.code == 0
    assert ran.report["findings"] == []
    assert ran.report["summary"]["suppressed"]["baseline"] == 3
    assert (project / NAME).read_bytes() == before


@pytest.mark.parametrize("arguments", [["--no-suppressions"], ["--isolated"]])
def test_it_can_be_switched_off(project: Path, arguments: list[str]) -> None:
    """Who wants no suppressions, or nothing from the project, sees all."""
    assert len(found(project, *arguments)) == 3


def test_a_fix_leaves_what_is_known(project: Path) -> None:
    """`fix` moves what is new, leaves and counts what is known, and moves all of it when nothing is to be ignored."""
    write(project, {"new.py": f'n = "{token(5)}"\nu = "{token(2)}"\n'})
    before = (project / "app.py").read_bytes()
    ran = unspill(project, "fix")
    assert (ran.code, "3 findings suppressed: 3 baseline." in ran.out) == (0, True)
    assert (project / "app.py").read_bytes() == before
    # The copy in a file that is new is new, and one value has one name.
    assert (project / ".env").read_text() == f"NEW_HF_TOKEN={token(5)}\nHF_TOKEN_2={token(2)}\n"
    assert unspill(project, "fix", "--no-suppressions").code == 0
    assert all(token(seed) not in (project / "app.py").read_text() for seed in (1, 2))


def test_a_fix_heeds_a_baseline_of_another_name(project: Path) -> None:
    """`fix --baseline FILE` goes by that file, and `--diff` shows no known value as one that would move."""
    (project / NAME).rename(project.parent / "known.txt")
    assert unspill(project, "fix", "--diff").code == 1
    ran = unspill(project, "fix", "--diff", "--baseline", "../known.txt")
    assert (ran.code, "would change" in ran.out) == (0, False)


def test_lines_files_and_folders_move(project: Path) -> None:
    """New lines, other quotes, a renamed file and another working folder change nothing, part by part or as a whole."""
    write(project, {"app.py": f"\n\n\nu = [\n  '{token(2)}',\n]\nt = '{token(1)}'\n"})
    (project / "sub/b.py").rename(project / "sub/c.py")
    assert found(project) == found(project, "sub/c.py") == found(project / "sub") == found(project / "sub", "..") == []


@pytest.mark.parametrize("moved", ["sub/a.py", "c.py"])
def test_a_place_goes_along_with_its_file(tmp_path: Path, moved: str) -> None:
    """A password that could be guessed stays known in a file that moves or is renamed, and others there are new."""
    folder = tmp_path / "project"
    write(folder, {"a.py": f'DB_PASSWORD = "{guessable(1)}"\n', "b.py": f'B_PASSWORD = "{guessable(2)}"\n'})
    git(folder, "init")
    assert unspill(folder, "baseline").code == 0
    (folder / moved).parent.mkdir(exist_ok=True)
    (folder / "a.py").rename(folder / moved)
    write(folder, {"new.py": f'C_PASSWORD = "{guessable(3)}"\n'})
    assert found(folder) == [("new.py", 1)]
    (folder / "new.py").unlink()
    assert unspill(folder, "baseline", "--prune").code == 0
    assert found(folder) == []
    (folder / "b.py").rename(folder / "sub.py")
    write(folder, {"sub.py": f'OTHER_PASSWORD = "{guessable(2)}"\n'})
    assert found(folder) == [("sub.py", 1)]


def test_what_is_new_is_found(project: Path) -> None:
    """A new value in an old place, one copy more in the file, and a copy in another file are new."""
    write(
        project,
        {"sub/b.py": f'v = "{token(4)}"\n', "app.py": f't = "{token(1)}"\nu = "{token(2)}"\nt = "{token(1)}"\n'},
    )
    write(project, {"copy.py": f'u = "{token(2)}"\n'})
    assert found(project) == [("app.py", 3), ("copy.py", 1), ("sub/b.py", 1)]


def test_a_copy_beside_a_file_that_is_not_looked_at_is_new(project: Path) -> None:
    """What the baseline knows in a file that stands has not moved to another one."""
    write(project, {"copy.py": f'u = "{token(2)}"\n'})
    assert found(project, "copy.py") == [("copy.py", 1)]


def test_stale_entries_are_reported_and_pruned(project: Path) -> None:
    """What is gone is said, and forgotten on demand; nothing new comes in by that."""
    write(project, {"app.py": f't = "{token(1)}"\nn = "{token(5)}"\n'})
    ran = unspill(project, "check", "-v")
    assert "1 baseline entry no longer matches" in ran.out
    assert unspill(project, "check", "--format", "json").report["summary"]["stale"][0]["path"] == "app.py"
    assert "(0 added, 1 removed)" in unspill(project, "baseline", "--prune").out
    assert found(project) == [("app.py", 2)]
    assert len(lines(project)) == 2


def test_update(project: Path) -> None:
    """An update takes in what is new and drops what is gone, of the files that it looks at; the key stays."""
    before = (project / NAME).read_text().splitlines()
    write(project, {"app.py": f't = "{token(1)}"\nn = "{token(5)}"\n'})
    assert "(1 added, 1 removed)" in unspill(project, "baseline", "--update", "app.py").out
    after = (project / NAME).read_text().splitlines()
    assert after[0] == before[0]
    assert len(set(before) & set(after)) == 3
    assert found(project) == []


def test_an_update_tells_what_has_moved(project: Path) -> None:
    """What is known at another path than before is neither added nor removed, whether known by value or by place."""
    write(project, {"c.py": f'DB_PASSWORD = "{guessable(1)}"\n'})
    assert "(1 added, 0 removed)" in unspill(project, "baseline", "--update").out
    (project / "sub/b.py").rename(project / "d.py")
    (project / "c.py").rename(project / "sub/c.py")
    write(project, {"app.py": f't = "{token(1)}"\nn = "{token(5)}"\n'})
    assert "(1 added, 1 removed, 2 moved)" in unspill(project, "baseline", "--update").out
    assert "(0 added, 0 removed)" in unspill(project, "baseline", "--update").out


def test_checks_without_a_fix_are_taken_in(tmp_path: Path) -> None:
    """A tracked `.env` stays quiet once it is known; an ignore directive that silences nothing is no part of it."""
    folder = tmp_path / "project"
    write(folder, {".env": f"HF_TOKEN={token(1)}\n", "app.py": "x = 1  # unspill: ignore\n"})
    git(folder, "init")
    git(folder, "add", ".")
    assert unspill(folder, "baseline").code == 0
    assert sorted(line.split()[2] for line in lines(folder)) == ["dotenv-tracked", "huggingface-user-token"]
    assert found(folder) == [("app.py", 1)]
    assert "unspill" in (folder / "app.py").read_text()
    assert unspill(folder, "fix").code == 0
    assert found(folder) == []


def test_it_is_not_written_over(project: Path) -> None:
    """A second `baseline` without a word on what to do is a mistake."""
    ran = unspill(project, "baseline")
    assert (ran.code, "--update" in ran.err) == (2, True)


def test_no_value_and_no_plain_hash(project: Path) -> None:
    """The file holds no value, no hash of one that is not keyed, and differs from that of another project."""
    content = (project / NAME).read_text()
    for seed in (1, 2, 3):
        value = token(seed).encode()
        assert token(seed)[3:] not in content
        for make in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512):
            assert make(value).hexdigest()[:32] not in content
    other = project.parent / "other"
    write(other, {"app.py": (project / "app.py").read_bytes()})
    unspill(other, "baseline")
    assert {line[:32] for line in lines(other)}.isdisjoint(line[:32] for line in lines(project))


def test_a_token_in_a_path_is_masked(tmp_path: Path) -> None:
    """Names of files hold tokens too."""
    project = tmp_path / "project"
    write(project, {f"{token(1)}.py": f't = "{token(2)}"\n'})
    unspill(project, "baseline")
    assert token(1) not in (project / NAME).read_text()
    assert found(project) == []


def test_guessable_values_go_by_their_place(tmp_path: Path) -> None:
    """A short password is known by where it stands, since it could be guessed from a fingerprint of its value."""
    project = tmp_path / "project"
    write(project, {".env": f"DB_PASSWORD={guessable(1)}\n"})
    git(project, "init")
    unspill(project, "baseline")
    assert lines(project) != []
    assert found(project) == []
    write(project, {".env": f"X=1\nDB_PASSWORD={guessable(2)}\n"})
    assert found(project) == []


def test_an_own_file(project: Path) -> None:
    """`--baseline` names a file anywhere; one that is missing is an error, not an empty baseline."""
    (project / NAME).rename(project.parent / "known.txt")
    assert len(found(project)) == 3
    assert found(project, "--baseline", "../known.txt") == []
    assert unspill(project, "check", "--baseline", "nowhere").code == 2


def test_the_environments_key(tmp_path: Path) -> None:
    """With a key in the environment the file has none, and no other key will do."""
    project = tmp_path / "project"
    write(project, {"app.py": f't = "{token(1)}"\n'})
    unspill(project, "baseline", UNSPILL_FINGERPRINT_KEY="one")
    assert unspill(project, "check", UNSPILL_FINGERPRINT_KEY="one").code == 0
    ran = unspill(project, "check", UNSPILL_FINGERPRINT_KEY="two")
    assert (ran.code, "UNSPILL_FINGERPRINT_KEY" in ran.err) == (2, True)
    assert "one" not in (project / NAME).read_text().splitlines()[0].split(":")[1]


def test_sarif_lists_what_is_silenced(project: Path) -> None:
    """What a baseline or a directive silences is in a SARIF report, suppressed, with the fingerprint it always has."""
    quiet = f'a = "{token(6)}"  # unspill: ignore a sample\n'
    write(project, {"app.py": f't = "{token(1)}"\nu = "{token(5)}"\n{quiet}'})
    ran = unspill(project, "check", "--format", "sarif")
    results = {
        (one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], one["partialFingerprints"]["unspill/v1"]):
        [(by["kind"], by.get("justification")) for by in one["suppressions"]]
        for one in json.loads(ran.out)["runs"][0]["results"]
    }  # fmt: skip
    assert ran.code == 1
    assert sorted(results.values()) == [[], [("external", None)], [("external", None)], [("inSource", "a sample")]]
    report = unspill(project, "check", "--format", "json").report
    assert [(one["path"], one["fingerprint"]) for one in report["findings"]] == [
        place for place, by in results.items() if not by
    ]
    assert {name for (_, name), by in results.items() if by and by[0][0] == "external"} <= {
        line[:32] for line in lines(project)
    }


def test_staged_and_since(project: Path) -> None:
    """What is staged, or new since a commit, goes through the baseline too; an old line counts as the known copy."""
    git(project, "add", ".")
    assert found(project, "--staged") == []
    git(project, "commit", "-m", "x")
    write(project, {"app.py": f't = "{token(1)}"\nu = "{token(2)}"\nagain = "{token(1)}"\n'})
    git(project, "add", ".")
    assert found(project, "--staged") == [("app.py", 3)]
    git(project, "commit", "-m", "y")
    assert found(project, "--since", "HEAD~1") == [("app.py", 3)]
    assert unspill(project, "baseline", "--update").code == 0
    assert found(project, "--since", "HEAD~1") == []


@pytest.mark.slow
@given(
    st.dictionaries(
        st.builds(
            Entry,
            st.text(st.characters(codec=None), min_size=1),
            st.from_regex(r"[a-z]+(-[a-z]+)*", fullmatch=True),
            st.from_regex(r"[0-9a-f]{32}", fullmatch=True),
        ),
        st.integers(1, 10_000),
    )
)
def test_what_is_written_is_read(counts: dict[Entry, int]) -> None:
    """Any path survives, in sorted lines; merging a file with itself changes nothing."""
    made = new()._replace(counts=counts)
    content = text(made)
    assert parse(content.encode(), "x") == made
    head, *entries = content.splitlines()
    assert parse("\r\n".join([head, *entries, *entries]).encode(), "x") == made
    assert len(entries) == len(counts)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "unspill-baseline 2 " + "0" * 64,
        "unspill-baseline 1 short",
        f"unspill-baseline 1 {'0' * 64}\n<<<<<<< ours",
        f"unspill-baseline 1 {'0' * 64}\nunspill-baseline 1 {'1' * 64}",
        f'unspill-baseline 1 {"0" * 64}\n{"0" * 32} 1 rule in "a"b"',
        f'unspill-baseline 1 {"0" * 64}\n{"0" * 32} 0 rule in "a"',
    ],
)
def test_a_broken_file_is_an_error(content: str) -> None:
    """Conflict markers, two keys and unknown versions are named with file and line, never passed over."""
    with pytest.raises(ConfigError, match=r"^known:[12]: "):
        parse(content.encode(), "known")


@pytest.mark.parametrize(
    ("counts", "seen", "vacated", "known", "left"),
    [
        ({A: 1}, [A], {"a.py"}, [True], {}),
        ({A: 1}, [A, A], {"a.py"}, [True, False], {}),
        ({A: 1}, [B], {"a.py", "b.py"}, [True], {}),
        ({A: 1}, [B], {"b.py"}, [False], {A: 1}),
        ({A: 1}, [B, A], {"a.py", "b.py"}, [False, True], {}),
        ({A: 2}, [A, B, B], {"a.py", "b.py"}, [True, True, False], {}),
        ({A: 2}, [A], {"a.py"}, [True], {A: 1}),
    ],
)
def test_match(
    counts: dict[Entry, int], seen: list[Entry], vacated: set[str], known: list[bool], left: dict[Entry, int]
) -> None:
    """A path's own entries come first; then what its other places have given up; never more than there was."""
    assert match(counts, seen, vacated.__contains__) == (known, left)


def test_keys_are_random() -> None:
    """No two baselines can be compared."""
    assert isinstance(new(), Baseline)
    assert new().key != new().key


def test_a_baseline_names_files_as_they_are_called(tmp_path: Path) -> None:
    """A password that is a word of a path changes no entry: a folder, a file and all are checked alike."""
    folder = tmp_path / "project"
    word = "lark7731"
    compose = f"services:\n  q:\n    environment:\n      QUEUE_DEFAULT_PASS: {word}\n"
    write(folder, {"deploy/lark7731/compose.yaml": compose, "lark7731/app.py": f't = "{token(1)}"\n'})
    git(folder, "init")
    assert unspill(folder, "baseline").code == 0
    assert sorted(line.split(" in ")[1] for line in lines(folder)) == [
        '"deploy/lark7731/compose.yaml"',
        '"lark7731/app.py"',
    ]
    for path in (".", "deploy", "lark7731", "lark7731/app.py"):
        ran = unspill(folder, "check", path)
        assert (ran.code, "gone" in ran.out) == (0, False)
    # The entry is the file's own: a copy elsewhere is new.
    write(folder, {"redis/app.py": f't = "{token(1)}"\n'})
    assert found(folder, ".") == found(folder, "redis") == [("redis/app.py", 1)]


def test_entries_with_a_masked_path_are_stale(project: Path) -> None:
    """An entry of an ordinary path still matches; one whose path was masked is stale, and an update rewrites it."""
    write(project, {"lark7731/app.py": f't = "{token(5)}"\n', "rabbitmq/b.py": f'DB_PASSWORD = "{guessable(3)}"\n'})
    unspill(project, "baseline", "--update")
    before = lines(project)
    text = (project / NAME).read_text()
    (project / NAME).write_text(text.replace('"rabbitmq/', '"<hidden>/'))
    unspill(project, "baseline", "--update")
    assert lines(project) == before
    assert found(project) == []
