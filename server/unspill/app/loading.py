"""Which lines of a project's files load `.env`, and the command that starts its app."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from unspill import space
from unspill.languages import document_of
from unspill.model import Skipped
from unspill.project import read
from unspill.project.paths import relative
from unspill.project.tree import DiskTree
from unspill.project.walk import Walk
from unspill.space import loads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.app import Request
    from unspill.space import Space


_PROGRAMS = ("app.py", "main.py", "streamlit_app.py", "server.py")
_STREAMLIT = re.compile(rb"^(?:import|from)[ \t]+streamlit\b", re.MULTILINE)


class Load(NamedTuple):
    """A line that loads `.env`: the path as in reports, the line from 1, and the folder of its Space on disk."""

    path: str
    line: int
    home: str


def lines(request: Request, paths: Iterable[str]) -> Iterator[Load]:
    """The lines that load `.env` in these files and folders, as they are found. Raises UserError."""
    for item in Walk(request.load, request.working, tree=DiskTree).files(paths):
        raw = None if isinstance(item, Skipped) else read.text(item.disk, item.settings.max_file_size)
        if isinstance(item, Skipped) or not isinstance(raw, bytes):
            continue
        if found := loads.lines(document_of(raw, item.path)):
            home = item.tree.disk(space.find(item.tree, item.path).root)
            yield from (Load(item.shown, line + 1, home) for line in found)


def start(tree: DiskTree, home: Space, working: str) -> str:
    """The command that starts the app of a Space from the folder `working`, if a file tells; else `COMMAND`."""
    programs = [name for name in tree.list(home.root) if name.endswith(".py")]
    for name in (home.app_file, *_PROGRAMS, *(programs if len(programs) == 1 else ())):
        is_inside = name and not name.startswith("/") and ".." not in name.split("/")
        source = tree.read(home.path(name)) if is_inside else None
        if source is not None:
            runner = "streamlit run" if home.sdk == "streamlit" or _STREAMLIT.search(source) else "python"
            return f"{runner} {shlex.quote(relative(tree.disk(home.path(name)), working))}"
    return "COMMAND"


def is_loaded(request: Request, home: str) -> bool:
    """Whether anything in the Space at the folder `home` on disk loads its `.env`; so does pipenv. Raises UserError."""
    has_pipenv = os.path.isfile(os.path.join(home, "Pipfile"))
    return has_pipenv or any(load.home == home for load in lines(request, (home,)))
