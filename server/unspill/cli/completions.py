"""`unspill completions`: print the script that completes commands and options in a shell, made from the parsers."""

from __future__ import annotations

import argparse
import importlib
from typing import TYPE_CHECKING, NamedTuple

from unspill.cli.arguments import Parser
from unspill.cli.main import COMMANDS

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterable

EXAMPLES = """  unspill completions bash > ~/.local/share/bash-completion/completions/unspill
  unspill completions zsh > ~/.zfunc/_unspill        # with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  unspill completions fish > ~/.config/fish/completions/unspill.fish
  unspill completions powershell >> $PROFILE
"""
_FILES = frozenset(["FILE", "PATH", "DIR"])
"""The values for which files are proposed."""


class CompletedOption(NamedTuple):
    """An option of a command."""

    names: tuple[str, ...]
    about: str
    takes_value: bool
    choices: tuple[str, ...]
    takes_file: bool


class CompletedCommand(NamedTuple):
    """A command, its options, and what else it takes: the `choices`, another command, or files."""

    name: str
    about: str
    options: tuple[CompletedOption, ...]
    choices: tuple[str, ...]
    takes_command: bool


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=_SHELLS, metavar="SHELL", help=f"one of {', '.join(_SHELLS)}")


def run(arguments: Namespace) -> int:
    """Print the script."""
    print(_SHELLS[arguments.shell]([_command(name) for name in COMMANDS]), end="")
    return 0


def _command(name: str) -> CompletedCommand:
    module = importlib.import_module(f"unspill.cli.{name}")
    parser = Parser(name, COMMANDS[name], module.EXAMPLES)
    module.configure(parser)
    options = [_option(action) for action in parser.actions if action.option_strings]
    others = [action for action in parser.actions if not action.option_strings]
    choices = tuple(choice for action in others for choice in action.choices or ())
    takes_command = any(action.nargs == argparse.REMAINDER for action in others)
    return CompletedCommand(name, COMMANDS[name], tuple(options), choices, takes_command)


def _option(action: argparse.Action) -> CompletedOption:
    takes_value = action.nargs != 0
    choices = tuple(map(str, action.choices or ()))
    names = tuple(action.option_strings)
    return CompletedOption(names, action.help or "", takes_value, choices, takes_value and action.metavar in _FILES)


def _bash(commands: Iterable[CompletedCommand]) -> str:
    commands = list(commands)
    lines = [
        "_unspill() {",
        '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""',
        "  COMPREPLY=()",
        '  if [[ $cur == "=" ]]; then cur=""; elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi',
        "  if ((COMP_CWORD == 1)); then",
        f'    words="{" ".join((*COMMANDS, "help", "--help", "--version"))}"',
        "  else",
        "    case ${COMP_WORDS[1]} in",
        f'      help) words="{" ".join(COMMANDS)}" ;;',
    ]
    for command in commands:
        lines.append(f"      {command.name})")
        if command.takes_command:  # the words after it are its own
            before = '" ${COMP_WORDS[*]:2:COMP_CWORD-2} "'
            lines.append(f'        if [[ $prev != -- && {before} == *" -- "* ]]; then return; fi')
        lines.append("        case $prev in")
        lines += [
            f'          {"|".join(option.names)}) words="{" ".join(option.choices)}" ;;'
            for option in command.options
            if option.takes_value and not option.takes_file
        ]
        names = " ".join(name for option in command.options for name in option.names)
        other = f'words="{" ".join(command.choices)}"'
        if command.takes_command:  # its name comes first, and files after it
            other = 'if [[ $prev == -- || $COMP_CWORD == 2 ]]; then COMPREPLY=($(compgen -c -- "$cur")); fi'
        lines += [
            f'          *) if [[ $cur == -* ]]; then words="{names}"; else {other}; fi ;;',
            "        esac",
            "        ;;",
        ]
    lines += [
        "    esac",
        "  fi",
        '  if [[ $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi',
        "}",
        "complete -o bashdefault -o default -F _unspill unspill",
    ]
    return "\n".join(lines) + "\n"


def _zsh(commands: Iterable[CompletedCommand]) -> str:
    commands = list(commands)
    lines = ["#compdef unspill", "_unspill() {", "  local -a known=("]
    lines += [f"    {_quoted(f'{command.name}:{command.about}')}" for command in commands]
    lines += [
        "  )",
        "  if (( CURRENT == 2 )); then _describe command known; _arguments '(-)--help' '(-)--version'; return; fi",
        "  local chosen=$words[2]",
        "  shift words; (( CURRENT-- ))",
        "  case $chosen in",
        "    help) _describe command known ;;",
    ]
    for command in commands:
        lines.append(f"    {command.name}) _arguments -s -S \\")
        for option in command.options:
            value = ""
            if option.takes_value:
                value = f": :({' '.join(option.choices)})" if option.choices else f": :{'_files' * option.takes_file}"
            about = option.about.replace("[", "\\[").replace("]", "\\]")
            for name in option.names:
                equals = "=" if option.takes_value and name.startswith("--") else ""
                lines.append(f"      {_quoted(f'*{name}{equals}[{about}]{value}')} \\")
        if command.takes_command:
            other = "'(-)1:command: _command_names -e' '*::arguments: _normal'"
        else:
            other = _quoted(f"1: :({' '.join(command.choices)})" if command.choices else "*: :_files")
        lines.append(f"      {other} ;;")
    lines += ["  esac", "}"]
    # A file in $fpath is the function's body at its first call; else the script was sourced.
    lines.append('if [[ $funcstack[1] == _unspill ]]; then _unspill "$@"; else compdef _unspill unspill; fi')
    return "\n".join(lines) + "\n"


def _fish(commands: Iterable[CompletedCommand]) -> str:
    first, names = "complete -c unspill -f -n __fish_use_subcommand", _quoted(" ".join(COMMANDS))
    lines = [
        f"{first} -l help -d 'show the help'",
        f"{first} -l version -d 'show the version'",
        f"{first} -a help -d 'show the help of a command'",
        f"complete -c unspill -f -n '__fish_seen_subcommand_from help' -a {names}",
    ]
    for command in commands:
        within = f"complete -c unspill -n '__fish_seen_subcommand_from {command.name}'"
        lines.append(f"{first} -a {command.name} -d {_quoted(command.about)}")
        for option in command.options:
            names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
            value = f" -x -a {_quoted(' '.join(option.choices))}" if option.choices else " -r" * option.takes_value
            only = " -f" if option.takes_value and not option.takes_file else ""
            lines.append(f"{within} {names}{value}{only} -d {_quoted(option.about)}")
        if command.choices:
            lines.append(f"{within} -f -a {_quoted(' '.join(command.choices))}")
        elif command.takes_command:
            lines.append(f"{within} -x -a '(__fish_complete_subcommand --fcs-skip=2)'")
    return "\n".join(lines) + "\n"


def _powershell(commands: Iterable[CompletedCommand]) -> str:
    lines = [
        "Register-ArgumentCompleter -Native -CommandName unspill -ScriptBlock {",
        "  param($word, $ast, $position)",
        "  $words = @($ast.CommandElements | ForEach-Object { $_.ToString() })",
        "  $done = if ($word) { $words.Count - 1 } else { $words.Count }",
        "  $previous = $words[$done - 1]",
        "  $table = @{",
    ]
    table = [("", {"": (*COMMANDS, "help", "--help", "--version")}), ("help", {"": tuple(COMMANDS)})]
    for command in commands:
        names = [name for option in command.options for name in option.names]
        values = {name: option.choices for option in command.options for name in option.names if option.choices}
        table.append((command.name, {"": (*command.choices, *names), **values}))
    for name, values in table:
        lines.append(f"    {_doubled(name)} = @{{")
        lines += [f"      {_doubled(key)} = @({', '.join(map(_doubled, some))})" for key, some in values.items()]
        lines.append("    }")
    lines += [
        "  }",
        "  $command = if ($done -gt 1) { $words[1] } else { '' }",
        "  $options = $table[$command]",
        "  $key = if ($options -and $options.ContainsKey($previous)) { $previous } else { '' }",
        "  $proposed = if ($options) { $options[$key] }",
        '  $proposed | Where-Object { $_ -like "$word*" } | ForEach-Object {',
        "    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)",
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as one word of a POSIX shell, of zsh and of fish."""
    return "'" + text.replace("'", "’") + "'"


def _doubled(text: str) -> str:
    """A text as one word of PowerShell."""
    return "'" + text.replace("'", "''") + "'"


_SHELLS: dict[str, Callable[[Iterable[CompletedCommand]], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
