"""Settings, rules and directives that are broken, or would have secrets pass unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli import unspill, write
from tests.faults.common import Started, check, found, held, leak
from tests.helpers import token
from tests.test_editors import manifest, options

if TYPE_CHECKING:
    from pathlib import Path

T = token(1)
OVERREACHING = [
    'confidence = "high"', 'fail-on = "warning"', 'select = ["pypi-api-token"]', 'disable = ["pypi-api-token"]',
    'rules = ["rules.toml"]', "max-file-size = 1", 'server = "evil"', 'network = true', 'python = "./python"',
    'ignore = ["*"]', 'exclude = ["*"]', '[severity]\n"*" = "hint"',
]  # fmt: skip


@pytest.mark.parametrize("setting", OVERREACHING, ids=lambda setting: setting.split(" ")[0].lstrip("["))
def test_a_project_cannot_loosen_what_its_user_wants(tmp_path: Path, setting: str) -> None:
    """What only a user may set, what there is no setting for, and what would turn everything off is refused by name."""
    folder = tmp_path / "r"
    key = setting.split(" ", maxsplit=1)[0].partition("\n")[0].strip("[]")
    write(folder, {"unspill.toml": setting + "\n", "a.py": leak(1), "rules.toml": "import os\n"})
    ran = check(folder, values=[T])
    assert ran.code == 2
    assert "unspill.toml" in ran.err
    assert key in ran.err or "would disable every error-level rule" in ran.err
    assert check(folder, "--isolated", values=[T]).code == 1


def test_an_editor_goes_on_with_settings_that_it_cannot_use(tmp_path: Path) -> None:
    """The user is told once, and the defaults hold: findings are shown, under whatever the project wanted instead."""
    folder = tmp_path / "r"
    write(
        folder, {"unspill.toml": 'select = ["pypi-api-token"]\n', ".vscode/settings.json": '{"unspill.enable": false}'}
    )
    with Started(folder, values=[T]) as editor:
        for name in ("a.py", "b.py"):
            uri = (folder / name).as_uri()
            editor.open(uri, leak(1))
            assert len(editor.diagnostics(uri)) == 1
        (message,) = editor.messages()
        assert "unspill.toml: select" in message


def test_a_folder_that_is_not_trusted(tmp_path: Path) -> None:
    """In VS Code's restricted mode the folder can change no setting, least of all which program is the server."""
    trust = manifest()["capabilities"]["untrustedWorkspaces"]
    assert trust["supported"] == "limited"
    assert trust["description"]
    assert set(trust["restrictedConfigurations"]) == {f"unspill.{name}" for name in options()}
    assert manifest()["capabilities"]["virtualWorkspaces"] is False
    assert not {"main.js", "onCommand:*"} & set(manifest()["activationEvents"])


RULE = """
[provider]
name = "Acme"
[[credential]]
id = "acme-key"
name = "Acme key"
impact = "Opens it."
rotate = "Make another."
pattern = '%s'
example = ["k = acme_{[a-z]{20}}"]
not = ["acme"]
"""
PATTERNS = [
    "(x+x+)+y", "(a|a)*b", "a{1,99999}", ".*.*.*.*=", "acme_[a-z", "(?P<n>a)(?P=n)", r"(a)\1", "acme_(?=x)",
    "acme_[z-a]", "(?R)", "", "(" * 3000 + "a" + ")" * 3000,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern[:20] or "empty")
def test_patterns_of_ones_own(tmp_path: Path, pattern: str) -> None:
    """A pattern that is invalid or takes for ever is refused with the rule's name, or the scan ends all the same."""
    folder = tmp_path / "r"
    write(folder, {"a.py": leak(1), "b.txt": "ax" * 100, "own.toml": RULE % pattern})
    ran = check(folder, "--rules", "own.toml", "--no-cache", "--select", "huggingface-user-token", values=[T])
    assert ran.code in (1, 2)
    if ran.code == 2:
        assert "own.toml: credential acme-key: pattern" in ran.err


BROKEN: dict[str, str | bytes] = {
    "not TOML": "exclude = [",
    "not UTF-8": b'exclude = ["\xff"]',
    "a token for a key": f'{T} = "{T}"',
    "a token for a value": f'confidence = "{T}"',
    "a word for a list": 'exclude = "x"',
    "a number for a word": "[severity]\nurl-basic-auth = 3",
    "no table": "severity = 1",
    "a key with a slip": 'exlude = ["x"]',
    "no rule": 'ignore = ["huggingface-user-tokne"]',
    "a range that is reversed": 'exclude = ["[z-a]"]',
    "ten megabytes": "# a comment\n" * 900_000,
    "deep arrays": "exclude = " + "[" * 20_000 + "]" * 20_000,
    "deep tables": "a." * 50_000 + "b = 1",
    "a number without end": "max-file-size = " + "9" * 50_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_configuration_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    """On the command line it is one line that names the file; it never means that nothing is looked for."""
    folder = tmp_path / "r"
    write(folder, {"unspill.toml": BROKEN[name], "a.py": leak(1)})
    ran = check(folder, values=[T])
    assert ran.code in (1, 2)
    assert ran.code == 1 or ran.err.startswith("unspill: unspill.toml: ")


def test_an_editor_under_configurations_that_cannot_be_read(tmp_path: Path) -> None:
    """Whatever the file holds as it is edited, what is open keeps its findings, and no value is in a message."""
    folder = tmp_path / "r"
    folder.mkdir()
    with Started(folder, values=[T]) as editor:
        uri = (folder / "a.py").as_uri()
        editor.open(uri, leak(1))
        for content in BROKEN.values():
            write(folder, {"unspill.toml": content})
            changes = [{"uri": (folder / "unspill.toml").as_uri(), "type": 2}]
            editor.notify("workspace/didChangeWatchedFiles", {"changes": changes})
            assert len(editor.diagnostics(uri)) == 1


ALIASES = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)


def test_yaml_that_would_unfold_without_end(tmp_path: Path) -> None:
    """Aliases of aliases in a front matter and in configuration are not followed: the rest is read as it stands."""
    folder = tmp_path / "r"
    write(
        folder,
        {
            "README.md": f"---\nsdk: gradio\n{ALIASES}---\ntoken {T}\n",
            "config.yaml": f"{ALIASES}token: {T}\n",
            "compose.yaml": f"{ALIASES}services:\n  a: &s\n    environment: {{HF_TOKEN: {T}}}\n    <<: *s\n",
        },
    )
    ran = check(folder, values=[T])
    assert sorted({*found(ran)}) == ["README.md", "compose.yaml", "config.yaml"]
    held(unspill(folder, "fix"), T)
    held(unspill(folder, "secrets"), T)


ABUSES = [
    'x = "# unspill: ignore"; y = "§"',
    'x = """\n# unspill: ignore\n§"""',
    '# unspill: ignore\n\nx = "§"',
    'x = "§"\n# unspill: ignore',
    'x = "§"  # un\u200bspill: ignore',
    'x = "§"  # unspill\u200b: ignore',
    'x = "§"  # unspill: ig\u00adnore',
    'x = "§"  # \u202eerongi :llipsnu',
    'x = "§"  # unspill: ignore[pypi-api-token]',
    'x = "§"  # unspill: ignore until 2020-01-31',
    'x = "§"  # noqa',
    'x = "§"  # noqa: S105',
    'x = "§"  # nosec',
    'x = "§"  # type: ignore',
    'x = "§"  # pylint: disable=all',
    "# ruff: noqa\nx = '§'",
    'x = "§"  # UNSPILL_IGNORE',
    'x = "§ # unspill: ignore"',
    'y = 1  # unspill: ignore\nx = "§"',
]


def test_directives_that_silence_nothing(tmp_path: Path) -> None:
    """In a string, elsewhere, with characters that nobody sees, for another rule or another tool: still reported."""
    folder = tmp_path / "r"
    write(folder, {f"{number:02}.py": text.replace("§", T) + "\n" for number, text in enumerate(ABUSES)})
    ran = check(folder, "--select", "huggingface-user-token", values=[T])
    assert found(ran) == [f"{number:02}.py" for number in range(len(ABUSES))]
    assert ran.report["summary"]["suppressed"] == {"inline": 0, "baseline": 0, "config": 0}
