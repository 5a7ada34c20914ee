"""Ignore directives of other tools, expiry dates, and what none of them may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unspill.scan import Scanner
from unspill.suppress.inline import inline

from tests.cli import unspill, write
from tests.helpers import document_of, finding_at, token

if TYPE_CHECKING:
    from pathlib import Path

PROVIDER = "huggingface-user-token"
GENERIC = "generic-token"
LINE = f't = "{token()}"'
TODAY = "2030-06-15"

SAME_LINE = [
    "gitleaks:allow",
    "betterleaks:allow",
    "trufflehog:ignore",
    "infisical-scan:ignore",
    "ggignore",
    "no-dd-secrets",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "secretlint-disable-line",
    "secretlint-disable-line @secretlint/secretlint-rule-x",
]
AROUND = ["unspill: ignore", "kingfisher:ignore", "kingfisher:allow", "jfrog-ignore"]
NEXT_LINE = ["pragma: allowlist nextline secret", "secretlint-disable-next-line"]
LINTERS = [
    "noqa",
    "noqa: S105",
    "noqa: E501, S106",
    "nosec",
    "nosec B105",
    "nosec: B101,B106",
    "NOSONAR",
    "nosemgrep",
    "nosemgrep: some.rule",
    "zizmor: ignore[hardcoded-container-credentials]",
]


def silenced(source: str, rule: str = PROVIDER, path: str = "app.py", language: str = "python") -> bool:
    """Whether the token in `source` is silenced today."""
    document = document_of(source, path, language)
    return not inline(document, [finding_at(document, token(), rule=rule)], TODAY)[0]


@pytest.mark.parametrize("directive", [*SAME_LINE, *AROUND])
def test_on_the_same_line(directive: str) -> None:
    """At the end of the line, in any case; not in a string, as a part of a word, on another line, or from below."""
    assert silenced(f"{LINE}  # {directive}\n")
    assert silenced(f"{LINE}  # {directive.upper()} because\n".replace("@SECRETLINT", "@secretlint"))
    assert not silenced(f'{LINE}; s = "# {directive}"\n')
    assert not silenced(f"{LINE}  # no{directive}\n")
    assert not silenced(f"{LINE}\nx = 1  # {directive}\n")
    assert not silenced(f"{LINE}\n# {directive}\n")
    assert not silenced(f"x = 1  # {directive}\n{LINE}\n")


@pytest.mark.parametrize("directive", [*AROUND, *NEXT_LINE])
def test_on_the_line_before(directive: str) -> None:
    """Alone on the line before, and only there."""
    assert silenced(f"# {directive}\n{LINE}\n")
    assert not silenced(f"# {directive}\n\n{LINE}\n")
    assert not silenced(f"{LINE}\n# {directive}\n")


@pytest.mark.parametrize("directive", SAME_LINE)
def test_not_on_the_line_before(directive: str) -> None:
    """What its own tool heeds on the same line only is heeded there only."""
    assert not silenced(f"# {directive}\n{LINE}\n")


@pytest.mark.parametrize("directive", NEXT_LINE)
def test_not_on_the_same_line(directive: str) -> None:
    """What speaks of the next line does not speak of its own."""
    assert not silenced(f"{LINE}  # {directive}\n")


@pytest.mark.parametrize("directive", LINTERS)
def test_linters_are_only_told_of_names(directive: str) -> None:
    """A word to a linter silences what goes by names, and never a provider's token."""
    assert silenced(f"{LINE}  # {directive}\n", GENERIC)
    assert not silenced(f"{LINE}  # {directive}\n", PROVIDER)


@pytest.mark.parametrize("directive", ["noqa: E501", "nosec B101", "noqa:E501,F401", "zizmor: ignore[secrets-inherit]"])
def test_other_rules_of_linters(directive: str) -> None:
    """A linter's directive about something else says nothing about secrets."""
    assert not silenced(f"{LINE}  # {directive}\n", GENERIC)


@pytest.mark.parametrize("directive", ["ruff: noqa", "ruff: noqa: S105", "flake8: noqa: E501, S107"])
def test_whole_files(directive: str) -> None:
    """A linter's directive for the file is one for all its names."""
    assert silenced(f"# {directive}\n\n\n{LINE}\n", GENERIC)
    assert not silenced(f"# {directive}\n\n\n{LINE}\n", PROVIDER)
    assert not silenced(f"# {directive.replace('S10', 'E50')}\n\n{LINE}\n", PROVIDER)


def test_blocks() -> None:
    """Between `secretlint-disable` and `-enable`, or to the end; one that names rules of secretlint's is not heeded."""
    assert silenced(f"# secretlint-disable\n\n{LINE}\n\n# secretlint-enable\n")
    assert silenced(f"# secretlint-disable\n\n{LINE}\n")
    assert not silenced(f"# secretlint-disable\n# secretlint-enable\n{LINE}\n")
    assert not silenced(f"{LINE}\n# secretlint-disable\n")
    assert not silenced(f"# secretlint-disable @secretlint/secretlint-rule-x\n{LINE}\n")


def test_dockerfile_checks() -> None:
    """BuildKit's `check=skip` at the top of a Dockerfile silences names; further down it is a comment."""
    check = "# check=skip=JSONArgsRecommended,SecretsUsedInArgOrEnv\n"
    assert silenced(
        f"# syntax=docker/dockerfile:1\n{check}FROM x\nENV T={token()}\n", GENERIC, "Dockerfile", "dockerfile"
    )
    assert not silenced(f"{check}FROM x\nENV T={token()}\n", PROVIDER, "Dockerfile", "dockerfile")
    assert not silenced(f"FROM x\n{check}ENV T={token()}\n", GENERIC, "Dockerfile", "dockerfile")


def test_varlock() -> None:
    """`@auditIgnore` is about the item below it."""
    assert silenced(f"# @auditIgnore\nT={token()}\n", PROVIDER, ".env.schema", "dotenv")
    assert not silenced(f"# @auditIgnore=false\nT={token()}\n", PROVIDER, ".env.schema", "dotenv")


@pytest.mark.parametrize(
    ("date", "valid"),
    [
        ("2030-06-15", True),
        ("2031-01-01", True),
        ("2031-01-01,", True),
        ("2030-06-14", False),
        ("2029-12-31", False),
        ("31.12.2031", False),
        ("rotated", False),
    ],
)
def test_expiry(date: str, *, valid: bool) -> None:
    """A directive is heeded up to and with its last day; one whose date cannot be read is not heeded."""
    assert silenced(f"{LINE}  # unspill: ignore[{PROVIDER}] until {date} a reason\n") == valid
    assert silenced(f"{LINE}  # unspill: ignore until {date}\n") == valid


@pytest.mark.parametrize("scanner", [Scanner(use_cache=False, hyperscan=fast) for fast in (True, False)])
def test_the_scan_tells_of_directives(scanner: Scanner) -> None:
    """Whatever directive a document has, in any case and up to its very end, the scan says so; else it does not."""
    whole = ["ruff: noqa", "secretlint-disable", "check=error=true;skip=all", "@auditIgnore"]
    for directive in [*SAME_LINE, *AROUND, *NEXT_LINE, *LINTERS, *whole]:
        for text in (f"x = 1  # {directive}", f"# {directive.upper()}\nx = 1\n"):
            assert scanner.scan(document_of(text)).directives, text
    assert not scanner.scan(document_of("# noqa: E501\n# nosec: B404\n# pragma: no cover\n# unspill\n")).directives


def test_all_are_switched_off_together(tmp_path: Path) -> None:
    """`--no-suppressions` honours no syntax."""
    lines = [f't = "{token(number)}"  # {word}' for number, word in enumerate([*SAME_LINE, *AROUND])]
    write(tmp_path, {"app.py": "\n".join(lines)})
    ran = unspill(tmp_path, "check", "--format", "json")
    assert ran.report["findings"] == []
    assert ran.report["summary"]["suppressed"]["inline"] == len(lines)
    assert len(unspill(tmp_path, "check", "--format", "json", "--no-suppressions").report["findings"]) == len(lines)
