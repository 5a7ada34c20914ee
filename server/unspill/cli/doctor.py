"""`unspill doctor`: show versions, configuration and paths in use."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, Any

from unspill.cli.arguments import add_format, loader, print_json, working
from unspill.errors import MissingPathError

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from unspill.app.doctor import Diagnosis
    from unspill.cli.arguments import Parser

EXAMPLES = """  unspill doctor
  unspill doctor spaces/chatbot
  unspill doctor --format json
"""
_PROBLEM = 1
_MOST_LOADS = 5
_ENV = {
    "missing": "does not exist yet",
    "tracked": "tracked by git; run `git rm --cached .env`",
    "ignored": "ignored by git",
    "not ignored": "not ignored by git; add `.env` to .gitignore",
}


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", nargs="?", default=".", metavar="PATH", help="project (default: this folder)")
    add_format(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show the version of each library")


def run(arguments: Namespace) -> int:
    """Print the diagnosis, never a value; return 1 if there is a problem."""
    from unspill.app import Request
    from unspill.app.doctor import diagnose
    from unspill.output.text import printable
    from unspill.shapes import mask_shapes

    if not os.path.isdir(arguments.path):
        raise MissingPathError(f"{arguments.path}: no such folder")
    found = diagnose(Request((arguments.path,), loader(), working()), sys.argv[0])
    if arguments.format == "json":
        print_json(_content(found))
    else:
        rows = list(_rows(found, verbose=arguments.verbose))
        width = max(len(name) for name, _ in rows)
        for name, text in rows:
            print(f"{name:{width}}  {printable(mask_shapes(text))}")
        for problem in found.problems:
            print(f"\nProblem: {printable(mask_shapes(problem))}")
    return _PROBLEM if found.problems else 0


def _rows(found: Diagnosis, *, verbose: bool) -> Iterator[tuple[str, str]]:
    yield "unspill", f"{found.version} on {found.python}, {found.platform}"
    without = "; slower on large trees without Hyperscan" if found.engine == "regex" else ""
    yield "engine", f"{found.engine} {found.libraries[found.engine] or ''}{without}"
    yield "rules", f"{found.rules:,} in {found.rules_source}" if found.rules else f"unusable ({found.rules_source})"
    yield "user configuration", found.user_config if found.has_user_config else f"none ({found.user_config})"
    none = "unusable" if found.problems else "none (unspill.toml, or [tool.unspill] in pyproject.toml)"
    yield "project configuration", found.project_config or none
    yield "baseline", found.baseline or "none"
    yield "project", found.root
    yield "Space" if found.sdk else "app", f"{found.space} (sdk: {found.sdk})" if found.sdk else found.space
    yield ".env", _ENV[found.env]
    places = [f"{load.path}:{load.line}" for load in found.loads]
    more = f" and {len(places) - _MOST_LOADS} more" if len(places) > _MOST_LOADS else ""
    unloaded = (
        f"nothing found; start the app with `unspill run -- {found.start}`, or add load_dotenv() from python-dotenv"
    )
    yield "loads .env", ", ".join(places[:_MOST_LOADS]) + more or unloaded
    yield (
        "cache",
        found.cache if found.cache_writable else f"{found.cache} (not writable: rules are compiled on every run)",
    )
    yield (
        "editors start",
        shlex.join(found.server) + ("" if found.on_path else " (`unspill` on the PATH is not this one)"),
    )
    if verbose:
        for name, version in found.libraries.items():
            yield name, version or "not installed"


def _content(found: Diagnosis) -> dict[str, Any]:
    """The diagnosis as JSON values, version 1; see `schemas/doctor.json`."""
    from unspill.shapes import mask_shapes

    return {
        "version": 1,
        "unspill": found.version,
        "python": found.python,
        "platform": found.platform,
        "libraries": found.libraries,
        "engine": found.engine,
        "rules": {"count": found.rules, "source": mask_shapes(found.rules_source)},
        "configuration": {
            "user": {"path": mask_shapes(found.user_config), "found": found.has_user_config},
            "project": found.project_config and mask_shapes(found.project_config),
        },
        "baseline": found.baseline and mask_shapes(found.baseline),
        "root": mask_shapes(found.root),
        "space": {"folder": mask_shapes(found.space), "sdk": mask_shapes(found.sdk)},
        "env": {
            "state": found.env,
            "loaded_by": [{"path": mask_shapes(load.path), "line": load.line} for load in found.loads],
        },
        "cache": {"path": mask_shapes(found.cache), "writable": found.cache_writable},
        "server": {"command": list(map(mask_shapes, found.server)), "on_path": found.on_path},
        "problems": list(map(mask_shapes, found.problems)),
    }
