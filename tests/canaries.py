"""Made-up values of every kind, and a project that has them everywhere: whatever comes out of it, none may be seen.

A leak is a run of eight characters of what is random in a value: the fixed text of a kind (`https://`, `eyJ…`) is no
secret, and stands in the rules themselves.
"""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from html import escape
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from unspill import rules

from tests import tokens
from tests.cli import git, write
from tests.helpers import token
from tests.samples import fill

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.samples import Sample

WINDOW = 8
"""So many characters of a value in a row are a leak."""
PASSWORD = "".join(Random(7).choices("abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789#%", k=20))
KEY = "q" + "".join(Random(8).choices("abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789", k=20))
"""A password without the shape of any provider, that stands where a name or a key belongs as well."""
_SEEDS = 3
"""How often a value is made up anew to tell what is random in it."""


class Canaries(NamedTuple):
    """Values and the lines that they stand in, by rule."""

    lines: dict[str, str]
    windows: frozenset[str]

    def leaks(self, *texts: str | bytes) -> set[str]:
        """The pieces of values in texts."""
        decoded = (text if isinstance(text, str) else text.decode("utf-8", "replace") for text in texts)
        return {piece for text in decoded for piece in windows(text)} & self.windows


def windows(text: str) -> set[str]:
    """Every run of `WINDOW` characters."""
    return {text[at : at + WINDOW] for at in range(len(text) - WINDOW + 1)}


@cache
def canaries(step: int = 1) -> Canaries:
    """A value for each rule, or for every `step`-th, and those that `project` puts into other places."""
    shipped = rules.load(rules.shipped())
    lines: dict[str, str] = {}
    found: set[str] = set()
    for rule in shipped[::step]:
        made = [one for one in (_sample(rule, f"{rule.id} {seed}") for seed in range(_SEEDS)) if one is not None]
        if not made or rule.public:
            continue
        lines[rule.id] = made[0].text
        fixed = set.union(set(), *(windows(value) for one in made[1:] for value in one.values))
        found |= {piece for value in made[0].values for piece in _spelled(value)} - fixed
    for value in (PASSWORD, KEY, *(place(number) for number in range(50))):
        found |= set(_spelled(value.removeprefix("hf_")))
    written = ((*rule.example, rule.id, rule.docs, rule.pattern.replace("\\", "")) for rule in shipped)
    public = " ".join(" ".join(texts) for texts in written)
    return Canaries(lines, frozenset(piece for piece in found - windows(public) if _is_random(piece)))


def place(number: int) -> str:
    """The token for a certain place."""
    return token(7000 + number)


def project(folder: Path, step: int = 1) -> None:
    """Write a repository with values in texts, names, comments, `.env`, settings, a baseline, and what git keeps."""
    lines = [*canaries(step).lines.items()]
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "metadata": {}, "source": [f"t = '{place(0)}'\n"]} for kind in ("markdown", "code")
    ]
    write(
        folder,
        {
            "README.md": f"---\nsdk: gradio\n---\nThe token was `{place(1)}`.\n",
            "app.py": f'import os\nA = "{place(2)}"  # {place(3)}, {PASSWORD}\npassword = "{PASSWORD}"\n'
            f'os.environ["{place(4)}"] = "{place(5)}"\nx = os.getenv("{place(6)}", "{place(7)}")\n',
            "Dockerfile": f"FROM x\nENV {place(8)}={place(9)}\nENV HF_TOKEN={place(10)}\n",
            "compose.yaml": f"services:\n  a:\n    image: x\n    environment:\n      {place(11)}: {place(12)}\n",
            "nb.ipynb": json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
            "a.sh": f"export {place(13)}={place(14)}\ncurl -H 'Authorization: Bearer {place(15)}' https://x\n",
            "db.json": json.dumps({"url": f"postgres://user:{PASSWORD}@db.example.org/x"}),
            f"{place(16)}/{place(17)}.py": f'api_key = "{place(17)}"\n',
            f"{place(18)}.bin": b"\0\0",
            "db.py": f'password = "{KEY}"\n',
            "keys.json": json.dumps({KEY: place(40), "a": {KEY: place(41)}}),
            "keys.toml": f'{KEY} = "{place(42)}"\n',
            "keys.ini": f"[a]\n{KEY} = {place(43)}\n",
            "glued.py": f'token = "{place(44)}"  # x{KEY}x is %20{PASSWORD}, {place(45)[:30]}\n',
            ".gitlab-ci.yml": f"test:\n  script:\n    - run --password {PASSWORD} --token {place(46)}\n",
            "quiet.py": f'X = "{place(19)}"  # unspill: ignore is {place(19)}, not {PASSWORD}\n',
            "idle.py": f"x = 1  # unspill: ignore[pypi-api-token] {place(20)}\n",
            ".env": f"# old: {place(21)}\n{place(22)}\nA B={place(23)}\nX='{place(24)}' # {place(25)}\n{place(26)}=1\n",
            ".env.example": f"{place(27)}=\n# {place(28)}\n",
            ".gitignore": f".env\n# {place(29)}\n",
            "unspill.toml": f'exclude = ["{place(30)}/"]  # {place(31)}\n',
            **{f"kinds/{at}.txt": _kinds(lines[at : at + 50]) for at in range(0, len(lines), 50)},
        },
    )
    git(folder, "init", "--quiet", "--initial-branch", place(32))
    git(folder, "add", "--force", "app.py", "kinds", "unspill.toml")
    git(folder, "commit", "--quiet", "--message", f"add {place(33)}, {PASSWORD} and {KEY}")
    git(folder, "tag", place(34))
    git(folder, "add", "--force", "a.sh", "Dockerfile")


def own(folder: Path) -> set[Path]:
    """The files of a project."""
    return {path for path in folder.rglob("*") if path.is_file()}


def _kinds(lines: Iterable[tuple[str, str]]) -> str:
    return "\n\n".join(line for _, line in lines) + "\n"


def _sample(rule: rules.Rule, seed: str) -> Sample | None:
    for example in rule.example:
        try:
            return tokens.complete(rule, fill(example, Random(seed)))
        except ValueError:  # an example that cannot be completed in its length
            continue
    return None


def _spelled(value: str) -> set[str]:
    """The pieces of a value as it is, and as formats encode it."""
    return set().union(*map(windows, (value, quote(value), escape(value), b64encode(value.encode()).decode())))


def _is_random(piece: str) -> bool:
    """Whether a piece is of random text: not of digits, of blanks or of one character."""
    return len(set(piece)) > 3 and not piece.isdigit() and not piece.isspace()
