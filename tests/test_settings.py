"""Settings: layers, what a project may not do, and messages that name file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unspill.errors import ConfigError
from unspill.model import Confidence, Severity
from unspill.settings import ConfigFile, Exclude, Settings, load, size

from tests.cli import unspill, write
from tests.helpers import MemoryTree, document_of, finding_at, token

if TYPE_CHECKING:
    from pathlib import Path

RULES = {("a-token",): Severity.ERROR, ("b-token", "b-old"): Severity.ERROR, ("c-public",): Severity.INFO}


def test_defaults() -> None:
    """Without any file or flag the defaults hold."""
    assert load(MemoryTree(), "") == Settings()


def test_layers() -> None:
    """Flags win over the editor, which wins over the user's file; lists add up."""
    user = ConfigFile("own.toml", b'confidence = "low"\nignore = ["a"]\nfail-on = "info"\nmax-file-size = "1MB"\n')
    editor = {"confidence": "high", "ignore": ["b"], "failOn": "warning"}
    settings = load(MemoryTree(), "", user=[user], editor=editor, flags={"confidence": "medium", "ignore": ["c"]})
    assert settings.confidence is Confidence.MEDIUM
    assert (settings.config_ignore, settings.ignore) == (("a",), ("b", "c"))
    assert settings.fail_on is Severity.WARNING
    assert settings.max_file_size == 1_000_000


def test_a_former_key_is_named_by_its_new_name() -> None:
    """`disable` is called `ignore`, in a file and in an editor; no alias is taken."""
    with pytest.raises(ConfigError, match=r"own\.toml: disable: was renamed to ignore"):
        load(MemoryTree(), "", user=[ConfigFile("own.toml", b"disable = []")])
    with pytest.raises(ConfigError, match="disable: was renamed to ignore"):
        load(MemoryTree(), "", editor={"disable": []})


@pytest.mark.parametrize(
    ("files", "path", "source"),
    [
        ({"unspill.toml": 'ignore = ["x"]'}, "src/deep", "unspill.toml"),
        ({"unspill.toml": "", "src/unspill.toml": 'ignore = ["x"]'}, "src/deep", "src/unspill.toml"),
        ({"pyproject.toml": '[tool.unspill]\nignore = ["x"]'}, "src", "pyproject.toml"),
        ({"unspill.toml": 'ignore = ["x"]', "src/pyproject.toml": "[tool.ruff]"}, "src", "unspill.toml"),
        ({"unspill.toml": 'ignore = ["x"]', "pyproject.toml": '[tool.unspill]\nignore = ["y"]'}, "", "unspill.toml"),
    ],
)
def test_the_nearest_project_file_counts(files: dict[str, str], path: str, source: str) -> None:
    """The nearest `unspill.toml` or `[tool.unspill]` above a folder is its file; other tools' files are none."""
    tree = MemoryTree({name: text.encode() for name, text in files.items()})
    settings = load(tree, path)
    assert (settings.source, settings.config_ignore) == (source, ("x",))
    assert load(tree, path, isolated=True) == Settings()


def test_excludes_know_their_folder() -> None:
    """A project's patterns are relative to its file, a flag's to the paths as people see them."""
    tree = MemoryTree({"src/unspill.toml": b'exclude = ["gen/"]'})
    assert load(tree, "src/deep", flags={"exclude": ["*.lock"]}).exclude == (
        Exclude("gen/", "src", "src/unspill.toml"),
        Exclude("*.lock", None, "--exclude"),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('exclud = ["x"]', "unspill.toml: exclud: unknown key; did you mean exclude?"),
        (
            'select = ["x"]',
            "unspill.toml: select: not allowed in project configuration (only exclude, ignore, severity)",
        ),
        ('rules = ["x.toml"]', "unspill.toml: rules: not allowed in project configuration"),
        ("ignore = 1", "unspill.toml: ignore: must be a list of strings"),
        ("ignore = [1]", "unspill.toml: ignore: must be a list of strings"),
        ("severity = []", "unspill.toml: severity: must be a table"),
        (
            'severity.x = "eror"',
            "unspill.toml: severity.x: must be one of error, warning, info, hint; did you mean error?",
        ),
        ('exclude = ["**/*"]', "unspill.toml: exclude: excludes every file"),
        ('exclude = ["/*", "!keep"]', "unspill.toml: exclude: excludes every file"),
        ('exclude = ["?*"]', "unspill.toml: exclude: excludes every file"),
        ("a = = 1", "unspill.toml: is not valid TOML (at line 1, column 5)"),
        (b"a = '\xff'", "unspill.toml: is not UTF-8"),
    ],
)
def test_a_project_file_that_cannot_be_used(text: str | bytes, words: str) -> None:
    """The error names the file, the key and the reason."""
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ConfigError) as caught:
        load(MemoryTree({"unspill.toml": data}), "")
    assert words in str(caught.value)


def test_an_error_never_quotes_a_value() -> None:
    """A token in a broken or misused configuration file is not in the message."""
    for text in (f'x = "{token()}', f'ignore = "{token()}"', f'[severity]\nx = "{token()}"'):
        with pytest.raises(ConfigError) as caught:
            load(MemoryTree({"unspill.toml": text.encode()}), "")
        assert token() not in str(caught.value)


def test_judging() -> None:
    """Confidence, select and ignore keep a finding out; a severity is taken over."""
    document = document_of(f'x = "{token()}"\n')
    finding = finding_at(document, token(), rule="a-token")
    assert Settings().judge(finding) == finding
    assert Settings(confidence=Confidence.HIGH).judge(finding._replace(confidence=Confidence.MEDIUM)) is None
    assert Settings(select=("b-token",)).judge(finding) is None
    assert Settings(select=("a-*",)).judge(finding) == finding
    assert Settings(ignore=("a-token",)).judge(finding) is None
    assert Settings(config_ignore=("a-token",)).judge(finding) is None
    quiet = Settings(severity=(("*", Severity.HINT), ("a-token", Severity.WARNING))).judge(finding)
    assert quiet is not None
    assert quiet.severity is Severity.WARNING


def test_what_only_a_file_ignores_is_counted() -> None:
    """A finding that a flag drops as well is not counted as silenced by a file."""
    finding = finding_at(document_of(f'x = "{token()}"\n'), token(), rule="a-token")
    assert Settings(config_ignore=("a-token",)).config_ignores(finding)
    assert not Settings(config_ignore=("a-token",), ignore=("a-token",)).config_ignores(finding)
    assert not Settings().config_ignores(finding)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(config_ignore=("a-token", "b-token")),
        Settings(config_ignore=("a-token", "b-old")),
        Settings(config_ignore=("*-token",)),
        Settings(config_ignore=("a-token",), severity=(("b-token", Severity.WARNING),)),
        Settings(select=("d-token",)),
        Settings(ignore=("a-tokn",)),
        Settings(severity=(("nope", Severity.ERROR),)),
    ],
)
def test_names_are_held_against_the_rules(settings: Settings) -> None:
    """A name that is no rule is refused, and so is a project that leaves no rule that is an error."""
    with pytest.raises(ConfigError):
        settings.check_names(RULES)


def test_disabling_some_is_fine() -> None:
    """One rule that is an error is enough."""
    Settings(config_ignore=("a-token", "c-public"), severity=(("c-public", Severity.HINT),)).check_names(RULES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("500000", 500_000), ("500kB", 500_000), ("20 MB", 20_000_000), ("1.5m", 1_500_000)],
)
def test_sizes(text: str, expected: int) -> None:
    """Sizes are bytes, or have a unit that is a power of ten."""
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "x", "-1", "1TB", "1 k B", "9" * 5000, "²", "1." + "9" * 5000])
def test_no_sizes(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="number of bytes"):
        size(text)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    """One line for each key, and for each name of a rule, so that nobody has to run again and again."""
    write(tmp_path, {"unspill.toml": 'exclde = []\nignore = 3\nexclude = ["a"]\n[severity]\nx = "loud"\n'})
    ran = unspill(tmp_path, "check")
    assert ran.code == 2
    assert [line.partition(";")[0] for line in ran.err.splitlines()] == [
        "unspill: unspill.toml: exclde: unknown key",
        "unspill: unspill.toml: ignore: must be a list of strings",
        "unspill: unspill.toml: severity.x: must be one of error, warning, info, hint",
    ]
    write(tmp_path, {"unspill.toml": 'ignore = ["no-such-a", "no-such-b"]\n', "a.py": ""})
    ran = unspill(tmp_path, "check")
    assert [line.split("'")[1] for line in ran.err.splitlines()] == ["no-such-a", "no-such-b"]


def test_rule_files_of_a_configuration_file_are_beside_it() -> None:
    """A name without a folder is not looked up in the working folder, where any project may have such a file."""
    user = ConfigFile("/home/me/unspill.toml", b'rules = ["acme.toml", "/etc/more.toml"]')
    chosen = ConfigFile("ci/unspill.toml", b'rules = ["ci.toml"]')
    found = load(None, "", user=[user, chosen], flags={"rules": ["here.toml"]}).rules
    assert found == ("/home/me/acme.toml", "/etc/more.toml", "ci/ci.toml", "here.toml")
