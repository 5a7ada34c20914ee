"""The Python program that a command line starts."""

from __future__ import annotations

import os
import re
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


_PYTHON = re.compile(r"(?:python|pypy|py)[\d.]*[tw]?(?:\.exe)?\Z", re.IGNORECASE)
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_OBJECT = re.compile(r"([\w.]+):[\w.]+(?:\(.*\))?\Z")
_NAMING = frozenset(["-m", "--module", "-A", "--app"])
"""Options of tools whose value is a module or a file of the program."""
_SERVERS = frozenset(["gunicorn", "uvicorn", "hypercorn", "daphne", "granian"])
"""Tools that take the name of a module on its own."""
_USUAL = {"flask": ("wsgi", "app"), "fastapi": ("main", "app", "api", "app.main", "app.app", "app.api")}
"""The modules that tools start if none is named."""


class EntryPoint(NamedTuple):
    """Where a program of a project starts. Paths are absolute."""

    files: tuple[str, ...]
    """What Python runs first: the packages around the program, and the program itself, last."""
    folders: tuple[str, ...]
    """Where Python looks for what it imports."""

    @property
    def folder(self) -> str:
        """The folder of the program's file."""
        return os.path.dirname(self.files[-1])


def find(words: Sequence[str], working: str, environment: Mapping[str, str]) -> EntryPoint | None:
    """The program that a command line starts in the folder `working`; None if it is no Python file below its folders.

    That is the script or module of a Python interpreter; else an application (`main:app`), a module that an option or a
    server names, or the first Python file.
    """
    listed = environment.get("PYTHONPATH", "").split(os.pathsep)
    folders = (working, *(os.path.join(working, folder) for folder in listed if folder))
    for at, word in enumerate(words):
        if _PYTHON.match(os.path.basename(word)):
            return _of_python(words[at + 1 :], folders, environment)
    return _of_tool(words, folders, environment)


def _of_python(words: Sequence[str], folders: Sequence[str], environment: Mapping[str, str]) -> EntryPoint | None:
    """The program of an interpreter's arguments (python(1)): a script, a folder with `__main__.py`, or a module."""
    rest = iter(enumerate(words))
    for at, word in rest:
        if word == "-":
            return None
        if not word.startswith("-"):
            path = os.path.join(folders[0], word)
            return _script(os.path.join(path, "__main__.py") if os.path.isdir(path) else path, folders[1:])
        if word in ("--check-hash-based-pycs", "-X", "-W"):
            next(rest, None)
        option = re.match(r"-[^-cmWX]*([cm])(.*)", word, re.DOTALL)
        if option is None:
            continue
        if option[1] == "c":
            return None
        name, arguments = (
            (option[2], words[at + 1 :]) if option[2] else ("".join(words[at + 1 : at + 2]), words[at + 2 :])
        )
        return _module(name, folders) or _of_tool([name, *arguments], folders, environment)
    return None


def _of_tool(words: Sequence[str], folders: Sequence[str], environment: Mapping[str, str]) -> EntryPoint | None:
    """The program among the words of any other command."""
    tools = [os.path.basename(word).removesuffix(".exe") for word in words]
    modules = (_module(name, folders) for name in _named(words, tools, environment))
    files = (_script(os.path.join(folders[0], word), folders) for word in words if word.endswith(".py"))
    usual = (_module(name, folders) for tool in tools for name in _USUAL.get(tool, ()))
    return next(filter(None, chain(modules, files, usual)), None)


def _named(words: Sequence[str], tools: Sequence[str], environment: Mapping[str, str]) -> Iterator[str]:
    """What may be the name of a module of the program, the most telling first."""
    yield from (match[1] for word in words if (match := _OBJECT.match(word)))
    values = [value for option, value in pairwise(words) if option in _NAMING]
    values += [word.removeprefix("--app=") for word in words if word.startswith("--app=")]
    values += [environment.get("FLASK_APP", "")] if "flask" in tools else []
    for value in values:
        yield value.partition(":")[0].removesuffix(".py").replace(os.sep, ".")
    for at, tool in enumerate(tools):
        if tool in _SERVERS:
            yield from words[at + 1 :]


def _script(path: str, folders: Sequence[str]) -> EntryPoint | None:
    path = os.path.realpath(path)
    return EntryPoint((path,), (os.path.dirname(path), *folders)) if os.path.isfile(path) else None


def _module(name: str, folders: Sequence[str]) -> EntryPoint | None:
    """The program of a module that is run; of a package, its `__main__`, else the package."""
    if not _MODULE.match(name):
        return None
    parts = name.split(".")
    for folder in folders:
        files = _files(folder, [*parts, "__main__"]) or _files(folder, parts)
        path = os.path.join(folder, *parts)
        if files and files[-1] in (f"{path}.py", *(os.path.join(path, own) for own in ("__main__.py", "__init__.py"))):
            return EntryPoint(tuple(files), tuple(folders))
    return None


def _files(folder: str, parts: Iterable[str]) -> list[str]:
    """The files that importing a module from a folder runs: those of its packages, and its own."""
    found = []
    for part in parts:
        folder = os.path.join(folder, part)
        if os.path.isfile(package := os.path.join(folder, "__init__.py")):
            found.append(package)
        elif os.path.isfile(f"{folder}.py"):
            return [*found, f"{folder}.py"]
        elif not os.path.isdir(folder):
            break
    return found
