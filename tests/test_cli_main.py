"""The entry point: commands, help, suggestions, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from unspill import __version__
from unspill.cli import main
from unspill.cli.main import COMMANDS

from tests.cli import environment, unspill
from tests.helpers import token

HEAVY = ("pygls", "lsprotocol", "asyncio", "tree_sitter", "pygit2", "huggingface_hub", "importlib.metadata")
UNUSED_WHEN_CLEAN = (
    *HEAVY, "dataclasses", "hashlib", "inspect", "logging", "multiprocessing", "pathlib", "tomllib",
    "concurrent.futures", "unspill.gitignore", "unspill.sites", "unspill.fixes", "unspill.app.fixing",
    "unspill.app.reporting", "unspill.judge", "unspill.checks.check",
)  # fmt: skip


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the package's version."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"unspill {__version__}\n"


def test_no_command_shows_help_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the help is shown, and the exit code says that nothing was done."""
    assert main([]) == 2
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command's help ends with examples of it."""
    assert main([command, "--help"]) == 0
    assert f"examples:\n  unspill {command}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["chekc"], "check"),
        (["--verison"], "--version"),
        (["check", "--fromat", "json"], "--format"),
        (["check", "--confidnce=low"], "--confidence"),
        (["check", "--max-size", "1"], "--max-file-size"),
        (["check", "--out", "x"], "--output"),
        (["doc"], "doctor"),
        (["hlep"], "--help"),
        (["help", "chekc"], "check"),
        (["check", "--format", "jsno"], "json"),
        (["rules", "huggingface-user-tokne"], "huggingface-user-token"),
        (["check", "--select", "huggingface-user-tokne"], "huggingface-user-token"),
    ],
)
def test_what_was_meant_is_suggested(arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped command, flag, choice or rule exits with 2 and names the nearest."""
    assert main(arguments) == 2
    assert f"did you mean {meant}?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["scan"], ["xy"], ["check", "--silent"], ["check", "--json"], ["check", "--file"], ["-"]],
)
def test_nothing_far_is_suggested(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What only shares a few letters with a command or option is not what was meant."""
    main(arguments)
    assert "did you mean" not in capsys.readouterr().err


def test_help_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`unspill help check` is `unspill check --help`."""
    assert main(["check", "--help"]) == 0
    expected = capsys.readouterr().out
    assert main(["help", "check"]) == 0
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["chek"], "unknown command 'chek'; did you mean check?"),
        (["--verison"], "unknown option '--verison'; did you mean --version?"),
        (["check", "--fromat", "json"], "unknown option '--fromat'; did you mean --format?"),
        (["check", "--format", "jsno"], "did you mean json?"),
        (["check", "--since", "a", "--staged"], "--staged cannot be combined"),
    ],
)
def test_a_mistake_on_the_command_line_is_told_without_the_rules(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    """Whoever mistypes waits for nothing: no rule is read and nothing compiled, the first time either."""
    code = (
        "import sys; from unspill.cli import main\n"
        f"assert main({arguments!r}) == 2\n"
        "print([name for name in ('hyperscan', 'regex', 'unspill.engine.anchors') if name in sys.modules])"
    )
    env = environment(tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert told in ran.stderr
    assert ran.stdout == "[]\n"
    assert not (tmp_path / "cache").exists()


def test_internal_error_says_nothing_of_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unexpected exception exits with 70; its type and, with -v, its frames are shown, its text never."""

    def boom(_: object) -> None:
        raise LookupError(token())

    monkeypatch.setattr("unspill.cli.rules.run", boom)
    assert main(["rules"]) == 70
    quiet = capsys.readouterr()
    assert main(["rules", "-v"]) == 70
    loud = capsys.readouterr()
    assert "LookupError" in quiet.err
    assert "test_cli_main.py:" not in quiet.err
    assert "test_cli_main.py:" in loud.err
    assert ":boom" in loud.err
    assert token() not in quiet.out + quiet.err + loud.out + loud.err


def test_a_token_in_the_arguments_is_masked(tmp_path: Path) -> None:
    """An error that quotes an argument masks a token in it."""
    ran = unspill(tmp_path, "check", f"{token()}.txt")
    assert ran.code == 2
    assert "<hidden>.txt: no such file or folder" in ran.err
    assert token() not in ran.err


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    """`import unspill.cli` stays free of what the server and the fixes need."""
    code = f"import sys, unspill.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert _python(code) == "[]"


def test_places_load_no_dataclasses() -> None:
    """The classes of places are plain ones: `dataclasses`, with `inspect`, takes longer to load than all of them."""
    code = "import sys, unspill.sites; print([one for one in ('dataclasses', 'inspect') if one in sys.modules])"
    assert _python(code) == "[]"


def test_a_clean_run_loads_only_what_it_needs(tmp_path: Path) -> None:
    """Checking files without secrets loads neither the judge nor checks, languages' sites, fixes or ignore rules."""
    (tmp_path / "app.py").write_text("import json\nprint(json.dumps({'token': None}))\n")
    code = (
        "import sys; from unspill.cli import main\n"
        f"assert main(['check', '-q', {str(tmp_path)!r}]) == 0\n"
        f"print([name for name in {UNUSED_WHEN_CLEAN!r} if name in sys.modules])"
    )
    _python(code)  # the first run may compile the rules
    assert _python(code) == "[]"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    """`unspill check | head -1` prints no traceback."""
    for number in range(1000):  # more than a pipe holds
        (tmp_path / f"{number}.py").write_text(f'token = "{token(number)}"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "unspill", "check"],
        cwd=tmp_path,
        env=environment(tmp_path / "nobody"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert err == b""


def test_an_interrupt_ends_quietly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """SIGINT exits with 130 and one line."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("unspill.cli.rules.run", interrupted)
    assert main(["rules"]) == 130
    assert capsys.readouterr().err == "unspill: interrupted\n"


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(Path("nobody")), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_former_option_is_named_by_its_new_name(tmp_path: Path) -> None:
    """`--no-ignore` is an error that names `--no-suppressions`."""
    ran = unspill(tmp_path, "check", "--no-ignore")
    assert (ran.code, ran.err) == (2, "unspill: --no-ignore was renamed to --no-suppressions\n")
