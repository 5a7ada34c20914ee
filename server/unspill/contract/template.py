"""`.env.example` for an app: one line for each name that it needs, after a comment that says what that is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from unspill import rules
from unspill.contract.kinds import NameKind
from unspill.model import revoking
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from unspill.contract.names import AppName

_WORDS = {
    "KEY": "API key", "TOKEN": "token", "SECRET": "secret", "PASSWORD": "password", "URL": "URL", "URI": "URL",
    "DSN": "DSN", "ID": "id",
}  # fmt: skip
"""What the last word of a name calls it."""


class Provider(NamedTuple):
    """Who issues what a name is for."""

    name: str
    page: str
    """Where its keys are made and revoked: a URL, or empty."""


def lines(names: Iterable[AppName]) -> list[str]:
    """The lines that declare names: for each a comment and `NAME=`."""
    return [line for one in names for line in (f"# {about(one)}", f"{one.name}=")]


def about(one: AppName) -> str:
    """What a name is, and where to get it: one line for people."""
    if one.name in _providers():
        return about_known(one.name)
    what = "secret" if one.kind is NameKind.SECRET else "required setting"
    paths = (place.document.path for place in (*one.read, *one.implicit))
    # A path with a line break would add lines, and one with a secret would commit it.
    places = dict.fromkeys(mask_shapes(path) for path in paths if path.isprintable())
    return f"{what}, read in {', '.join(list(places)[:2])}" if places else what


def known() -> Set[str]:
    """The names that the shipped rules know, which the first call loads."""
    return _providers().keys()


def about_known(name: str) -> str:
    """What a name of `known` is, and where to get it. Raises KeyError for another one."""
    provider = _providers()[name]
    word = _WORDS.get(name.upper().rpartition("_")[2], "secret")
    return f"{provider.name} {word}{f': {revoking(provider.page)}' if provider.page else ''}"


@lru_cache(maxsize=1)
def _providers() -> dict[str, Provider]:
    """The issuers of the names that the shipped rules know; the rule whose first name it is goes first."""
    found: dict[str, Provider] = {}
    known = [rule for rule in rules.catalog() if not rule.generic and rule.status == "active"]
    for first in (True, False):
        for rule in known:
            for name in rule.env[:1] if first else rule.env[1:]:
                found.setdefault(name, Provider(rule.provider, rule.revoke))
    return found
