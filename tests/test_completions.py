"""`unspill completions`: the scripts of the shells, run by those that are installed."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from unspill.cli import main
from unspill.cli.arguments import Parser
from unspill.cli.main import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

SHELLS = ("bash", "zsh", "fish", "powershell")


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The script of a shell."""
    assert main(["completions", shell]) == 0
    return capsys.readouterr().out


def installed(program: str) -> pytest.MarkDecorator:
    """Leaves out a test where a shell is not installed."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def parser(command: str) -> Parser:
    """The parser of a command."""
    module = importlib.import_module(f"unspill.cli.{command}")
    made = Parser(command, COMMANDS[command], module.EXAMPLES)
    module.configure(made)
    return made


def options(command: str) -> set[str]:
    """The options of a command."""
    return {name for action in parser(command).actions for name in action.option_strings}


def run(program: str, *arguments: str, cwd: Path) -> list[str]:
    """The lines that a shell prints."""
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "TERM": "dumb"}
    done = subprocess.run([program, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_has_every_command_option_and_choice(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the parsers know is in the script of each shell."""
    text = script(shell, capsys)
    for command in COMMANDS:
        assert command in text
        for action in parser(command).actions:
            names = [name.lstrip("-") if shell == "fish" else name for name in action.option_strings]
            assert not [name for name in (*names, *(action.choices or ())) if name not in text]


def test_a_shell_that_is_not_known_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, with the nearest."""
    assert main(["completions", "fisch"]) == 2
    assert "did you mean fish?" in capsys.readouterr().err


BASH = (
    "source ./script; COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _unspill;"
    ' printf "%s\\n" "${{COMPREPLY[@]}}"'
)


@installed("bash")
@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        ("unspill ''", {*COMMANDS, "help", "--help", "--version"}),
        ("unspill ch", {"check"}),
        ("unspill help se", {"secrets", "server"}),
        ("unspill check --", {name for name in options("check") if name.startswith("--")}),
        ("unspill fix app.py -", options("fix")),
        ("unspill check --confidence ''", {"high", "medium", "low"}),
        ("unspill check --format s", {"sarif"}),
        ("unspill check --format = j", {"json", "jsonl", "junit"}),
        ("unspill check --format =", set(next(a.choices or () for a in parser("check").actions if a.dest == "format"))),
        ("unspill check --select x", {""}),
        ("unspill completions z", {"zsh"}),
        ("unspill run -- printen", {"printenv"}),
        ("unspill run -- python a", {""}),
        ("unspill run -- ls -", {""}),
        ("unspill run --strict -- ls --format ''", {""}),
        ("unspill run --format ''", {"json", "text"}),
        ("unspill check a", {""}),
        ("unspill nothing x", {""}),
    ],
)
def test_bash(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, proposed: set[str]) -> None:
    """Bash proposes commands, options, choices and programs; where it gets nothing, it proposes files itself."""
    (tmp_path / "script").write_text(script("bash", capsys))
    assert set(run("bash", "-c", BASH.format(words), cwd=tmp_path)) == proposed


@installed("fish")
@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        ("unspill ch", {"check"}),
        ("unspill help se", {"secrets", "server"}),
        ("unspill run -- printen", {"printenv"}),
        ("unspill run -- cat ap", {"app.py"}),
        ("unspill check --conf", {"--confidence", "--config"}),
        ("unspill check --confidence ", {"high", "medium", "low"}),
        ("unspill completions z", {"zsh"}),
        ("unspill fix ap", {"app.py"}),
        ("unspill check --config ap", {"app.py"}),
        ("unspill check --since ap", set()),
    ],
)
def test_fish(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: str, proposed: set[str]) -> None:
    """Fish proposes the same, and files where a file is wanted."""
    (tmp_path / "script").write_text(script("fish", capsys))
    (tmp_path / "app.py").touch()
    found = run("fish", "-N", "-c", f"source script; complete -C '{words}'", cwd=tmp_path)
    assert {line.split("\t")[0] for line in found} == proposed


@installed("zsh")
def test_zsh_loads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Zsh parses the script and takes the function for the command."""
    (tmp_path / "script").write_text(script("zsh", capsys))
    line = "autoload -U compinit && compinit -D && source ./script && print $_comps[unspill]"
    assert run("zsh", "-f", "-c", line, cwd=tmp_path) == ["_unspill"]


@installed("pwsh")
def test_powershell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """PowerShell proposes options and choices."""
    (tmp_path / "script.ps1").write_text(script("powershell", capsys))
    for words, proposed in (("unspill ch", "check"), ("unspill check --confidence h", "high")):
        line = f". ./script.ps1; (TabExpansion2 '{words}' {len(words)}).CompletionMatches.CompletionText"
        assert run("pwsh", "-NoProfile", "-Command", line, cwd=tmp_path) == [proposed]


def test_every_option_has_a_description_for_completion() -> None:
    """What shells show beside an option is its help."""
    for command in COMMANDS:
        for action in parser(command).actions:
            assert action.help, action
