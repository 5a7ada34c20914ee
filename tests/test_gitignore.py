"""Patterns of ignore files and `exclude`: held against git itself, in time that no pattern stretches."""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unspill.gitignore import LONGEST, MOST, BadPatternError, Patterns, expression, line, parse
from unspill.project import ignore
from unspill.project.tree import DiskTree

from tests.cli import git, unspill, write
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

PIECES = [
    *"* ** *** ? / // a b ab c - . ! # { } + ( ^ $ | && ~".split(),
    *"/**/ **/ /** \\ \\* \\/ \\\\ é".split(),
    *"[ab] [!a] [^b] [a-c] [z-a] []a] [!]a] [a-] [--z] [a--z] [[:alpha:]] [[:space:]x] [[:nope:]]".split(),
    *"[[:a] [[a] [\\]] [\\a-c] [a-\\c] [ ] [é] [a/b]".split(),
    " ",
    "  ",
    "\t",
    "\r",
]
NAMES = ["a b", "a ", "a\t", *"a b c ab abc aab a* * é - a.b [ \\ x] #a !a z A 1 { } + & ~ ^ $ |".split()]
LINES = st.builds(
    str.__add__, st.sampled_from(["", "", "!"]), st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5).map("/".join)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository."""
    if shutil.which("git") is None:
        pytest.skip("held against git")
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "-q")
    return root


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, min_size=1, max_size=5), st.lists(PATHS, min_size=1, max_size=40, unique=True))
def test_the_same_is_ignored_as_by_git(repository: Path, lines: list[str], paths: list[str]) -> None:
    """Of whatever paths, whatever patterns ignore what git says that they ignore, well-formed or not."""
    (repository / ".gitignore").write_bytes("\n".join(lines).encode())
    done = subprocess.run(
        ["git", "-c", "core.excludesFile=", "check-ignore", "-z", "--stdin", "--no-index"],
        cwd=repository,
        input="\0".join(paths).encode(),
        env={"PATH": os.environ["PATH"], "HOME": str(repository), "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
    )
    tree = DiskTree(str(repository))
    assert {path for path in paths if tree.ignored(path)} == set(done.stdout.decode().split("\0")) - {""}


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 24 + "b", "a" * 120),
        ("*a" * (LONGEST // 2 - 1) + "b", "a" * 4000),
        ("**/a/" * 500 + "b", "a/" * 2000 + "c"),
        ("**/*a*a/*a*/" * 300 + "b", "aa/" * 1300 + "c"),
        ("*/" * 2000 + "b", "a/" * 2000 + "c"),
        ("[!b]*" * 500 + "b", "a" * 4000),
        ("**/" * 1300 + "b", "a/" * 2000 + "c"),
    ],
    ids=["stars", "many stars", "folders", "both", "one folder each", "classes", "nothing but folders"],
)
def test_no_pattern_takes_long(pattern: str, path: str) -> None:
    """Patterns that almost match, in a million ways, end; a matcher that tries each way would not see the day."""
    assert not Patterns([line(pattern)]).verdict(path)
    assert Patterns([line(pattern)]).verdict(path[:-1] + "b")


def test_a_star_never_gives_back() -> None:
    """Behind all stars but the last of a name, and all `**` but the last, the expression commits to its first match."""
    for text, committed in (("*a*b*c", 2), ("x/*a*b/c*", 1), ("**/a/**/b/**/c", 2), ("a/**/*b*c/**/d", 2)):
        pattern = parse(text.encode())
        assert pattern is not None
        assert expression(pattern, count()).count("(?=") == committed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("x[/]", "no character matches the brackets"),
        ("a[b", "a [ without ]"),
        ("[[:alpha:", "a [ without ]"),
        ("[[:letters:]]", "unknown character class between [: and :]"),
        ("a\\", "trailing backslash"),
        ("a" * (LONGEST + 1), "longer than 4,096 bytes"),
    ],
)
def test_what_is_no_pattern(tmp_path: Path, pattern: str, why: str) -> None:
    """In an ignore file it matches nothing and is noted with its line; in `exclude` it is exit 2."""
    with pytest.raises(BadPatternError) as caught:
        parse(pattern.encode())
    assert str(caught.value) == why
    write(tmp_path / "r", {".gitignore": f"# note\n{pattern}\n*.log\n", "app.py": f't = "{token()}"\n', "x.log": ""})
    ran = unspill(tmp_path / "r", "check", "--format", "json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.report["summary"]["skipped"] == [
        {"path": ".gitignore", "reason": f"pattern ignores nothing (line 2: {why})"}
    ]
    ran = unspill(tmp_path / "r", "check", "--exclude", "x", "--exclude", pattern)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"unspill: --exclude: pattern 2: {why}; write it as in a .gitignore\n"
    quoted = pattern.replace("\\", "\\\\")
    write(tmp_path / "r", {"unspill.toml": f'exclude = ["{quoted}"]\n'})
    ran = unspill(tmp_path / "r", "check")
    assert (ran.code, ran.err) == (
        2,
        f"unspill: unspill.toml: exclude: pattern 1: {why}; write it as in a .gitignore\n",
    )


def test_a_range_that_ends_before_it_begins(tmp_path: Path) -> None:
    """Git takes the first character of it, and so does an ignore file; in `exclude` it is refused as a mistake."""
    write(tmp_path / "r", {".gitignore": "[z-a]\n[a--z]\n", "z": f't = "{token()}"\n', "y": f't = "{token()}"\n'})
    ran = unspill(tmp_path / "r", "check", "--format", "json")
    assert (ran.code, ran.err, ran.report["summary"]["skipped"]) == (1, "", [])
    assert [row["path"] for row in ran.report["findings"]] == ["y"]
    ran = unspill(tmp_path / "r", "check", "--exclude", "[z-a]")
    assert (ran.code, "pattern 1: a range in brackets ends before it starts" in ran.err) == (2, True)


def test_a_bad_pattern_is_noted_once_and_no_failure(tmp_path: Path) -> None:
    """A clean tree stays clean, however many folders its patterns were asked for."""
    write(tmp_path / "r", {"a/.gitignore": "[a\nb\n", "a/b/c.py": "", "a/d/e.py": "", "f.py": ""})
    ran = unspill(tmp_path / "r", "check", "-v", ".", "a")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("a/.gitignore: pattern ignores nothing (line 1: ") == 1


def test_patterns_without_end() -> None:
    """Of a file with more patterns than can be matched the first count, and plain names always do."""
    patterns = Patterns([*(b"x%d?" % number for number in range(MOST + 9)), b"build"])
    assert (patterns.verdict(f"x{MOST - 1}y"), patterns.verdict(f"x{MOST}y"), patterns.verdict("build")) == (
        True,
        None,
        True,
    )
    assert len(patterns.problems) == 9


def test_below() -> None:
    """With `below`, what lies in a folder that matches matches as well."""
    patterns = Patterns([b"docs/", b"*.d", b"!/docs/keep"], below=True)
    assert [patterns.verdict(path) for path in ("docs", "docs/x", "a/docs/x", "a.d/x", "docs/keep/x", "x")] == [
        None, True, True, True, False, None,
    ]  # fmt: skip
    assert patterns.verdict("docs", folder=True)


def test_a_byte_order_mark_and_line_ends() -> None:
    """The mark at the beginning and a carriage return at the end are no part of a pattern."""
    rules = ignore.parse(b"\xef\xbb\xbfa\r\nb\\ \r\n", "")
    assert [ignore.matches([rules], name) for name in ("a", "b ", "b")] == [True, True, False]
