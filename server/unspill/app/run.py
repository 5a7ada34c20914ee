"""What `unspill run` adds to the environment of a command, what is missing there, and the start of the command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from unspill.app import programs
from unspill.document import Document
from unspill.errors import CommandError, UserError
from unspill.languages import dotenv
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.tree import DiskTree, root_of, upward

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from unspill.app.programs import EntryPoint

_ENV = ".env"
_LARGEST = 1_000_000
"""Maximum size of a dotenv file in bytes; about as much fits into an environment."""

_MOST = 300_000
"""Bytes of a program that are read before it starts: they take a tenth of a second."""


class Problem(NamedTuple):
    """A line of a dotenv file that sets nothing, 1-based, and why; never its text."""

    line: int
    reason: str


class EnvFile(NamedTuple):
    """A dotenv file that was read; its path as in reports."""

    path: str
    names: tuple[str, ...]
    """The names that it gives the command, in order."""
    problems: tuple[Problem, ...]


class UnsetName(NamedTuple):
    """A name that the program reads and nothing sets, and where: the path as in reports, the line from 1."""

    name: str
    path: str
    line: int


class Launch(NamedTuple):
    """What a command is started with, and what is missing."""

    values: dict[str, str]
    """The variables beyond those of the environment."""
    files: tuple[EnvFile, ...]
    searched: tuple[str, ...]
    """The folders without a `.env`, if none was found; paths as in reports."""
    program: str | None
    """The Python file that the command starts, as in reports; None if there is none: then no name is looked for."""
    unset: tuple[UnsetName, ...]

    @property
    def is_complete(self) -> bool:
        """Whether no name is known to be unset, and every line could be used."""
        return not self.unset and not any(file.problems for file in self.files)


def prepare(words: Sequence[str], env_files: Sequence[str], working: str, environment: Mapping[str, str]) -> Launch:
    """Read the dotenv files, or without `env_files` the nearest `.env`, and compare with what the program reads.

    Values of `environment` win, then those of later files. Raises UserError for a file that cannot be used.
    """
    program = programs.find(words, working, environment)
    searched: list[str] = []
    if env_files:
        env_files = [path for path in env_files if path != os.devnull]  # stands for none
    else:
        env_files, searched = _nearest([*([program.folder] if program else []), working], working)
    documents = [_document(path, working) for path in env_files]
    values = {
        name: value
        for name, value in dotenv.expanded(documents, environment).items()
        if value is not None and name not in environment and _is_possible(name)
    }
    complete = {**environment, **values}
    program = programs.find(words, working, complete)  # a .env may have PYTHONPATH
    return Launch(
        values,
        tuple(_env_file(document, values) for document in documents),
        tuple(searched),
        relative(program.files[-1], working) if program else None,
        tuple(_unset(program, complete, working)) if program else (),
    )


def start(words: Sequence[str], values: Mapping[str, str]) -> int:
    """Become the command, with `values` in its environment; on Windows, wait for it and return its exit code.

    It is looked for as a shell does. Raises CommandError if it cannot be started.
    """
    try:
        if sys.platform == "win32":
            return wait(words, {**os.environ, **values})
        for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and so would the command
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        # As bytes: the encoding of the locale may lack a character of a value. A `${NAME}` may have brought any byte.
        added = {name.encode(): value.encode("utf-8", "surrogateescape") for name, value in values.items()}
        os.execvpe(words[0], list(words), {**os.environb, **added})  # noqa: S606 - what the user asked for
    except OSError as error:
        raise _not_started(words[0], error, {**os.environ, **values}.get("PATH")) from None


def wait(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start a command and return its exit code. Ctrl-C is left to the command, which gets it too.

    Raises CommandError or OSError.
    """
    path = executable(words[0], environment)
    for name in ("SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)  # unlike SIG_IGN, that is not inherited
    code = subprocess.call([path, *words[1:]], env=environment)  # noqa: S603 - what the user asked for
    return code - (1 << 32) if code >= 1 << 31 else code  # as the system has it: -1073741510 is 0xC000013A


def executable(command: str, environment: Mapping[str, str]) -> str:
    """The file of a command on Windows: unlike cmd.exe, never of the working folder, where a project may put anything.

    Raises CommandError.
    """
    endings = environment.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";")
    if os.path.splitext(command)[1].upper() in endings:
        endings = [""]
    folders = [""] if os.path.dirname(command) else filter(None, environment.get("PATH", "").split(os.pathsep))
    paths = (os.path.join(folder, command + ending) for folder in folders for ending in endings)
    found = next(filter(os.path.isfile, paths), None)
    if found is None:
        raise CommandError(f"{command}: command not found", CommandError.NOT_FOUND)
    return found


def _not_started(command: str, error: OSError, path: str | None) -> CommandError:
    """The error of a command that cannot be started, with a shell's exit code."""
    if os.path.dirname(command) and os.path.isdir(command):
        return CommandError(f"{command}: is a folder", CommandError.NOT_EXECUTABLE)
    hint = "; start it with python" if command.endswith(".py") and os.path.isfile(command) else ""
    if shutil.which(command, os.F_OK, path) is None:
        return CommandError(f"{command}: command not found{hint}", CommandError.NOT_FOUND)
    if isinstance(error, PermissionError):
        reason = f"not executable{hint}"
    elif isinstance(error, FileNotFoundError):
        reason = "the interpreter in its first line was not found"
    else:
        reason = error.strerror or type(error).__name__
    return CommandError(f"{command}: {reason}", CommandError.NOT_EXECUTABLE)


def _nearest(folders: Iterable[str], working: str) -> tuple[list[str], list[str]]:
    """The first `.env` in these folders and those around them in their project; else the folders without one.

    All paths are relative to the working folder.
    """
    searched: dict[str, None] = {}
    for first in folders:
        root = root_of(first, working)
        for folder in upward(first):
            path = os.path.join(folder, _ENV)
            if os.path.lexists(path) and not os.path.isdir(path):  # a folder may be a virtual environment
                return [relative(path, working)], []
            searched[relative(folder, working)] = None
            if folder == root:
                break
    return [], list(searched)


def _document(path: str, working: str) -> Document:
    """A dotenv file, links followed. Raises UserError."""
    raw = read.text(os.path.realpath(os.path.join(working, path)), _LARGEST)
    if isinstance(raw, read.Refusal):
        raise UserError(f"{path}: {raw.reason}")
    for line, text in enumerate(raw.split(b"\n"), 1):
        try:
            is_text = "\0" not in text.decode()
        except UnicodeDecodeError:
            is_text = False
        if not is_text:
            raise UserError(f"{path}:{line}: not UTF-8; save the file in that encoding")
    return Document(raw, path, "dotenv")


def _is_possible(name: str) -> bool:
    """Whether the environment can have the name."""
    return "=" not in name


def _env_file(document: Document, values: Mapping[str, str]) -> EnvFile:
    parsed = dotenv.parse(document)
    loaded = [entry for entry in parsed.entries if entry.loaded]
    problems = [(offset, "not NAME=value") for offset in parsed.rejected]
    problems += [(one.line.start, "the name contains =") for one in loaded if not _is_possible(one.name)]
    return EnvFile(
        document.path,
        tuple(dict.fromkeys(entry.name for entry in loaded if entry.name in values)),
        tuple(Problem(document.line_at(offset) + 1, reason) for offset, reason in sorted(problems)),
    )


def _unset(entry: EntryPoint, known: Collection[str], working: str) -> Iterator[UnsetName]:
    """The names that a program needs, and that neither the `known` ones nor its own code are."""
    from unspill.contract.program import program
    from unspill.shapes import may_be_secret

    drive = os.path.splitdrive(entry.folder)[0]
    folders = [folder for folder in entry.folders if os.path.splitdrive(folder)[0] == drive]
    tree = DiskTree(os.path.commonpath([entry.folder, *folders]))
    *before, file = (relative(path, tree.root) for path in entry.files)
    roots = ["" if folder == tree.root else relative(folder, tree.root) for folder in folders]
    for needed in program(tree, file, roots, before=before, most=_MOST).unset(known):
        if not may_be_secret(needed.name):
            line = needed.document.line_at(needed.span.start) + 1
            yield UnsetName(needed.name, relative(tree.disk(needed.path), working), line)
