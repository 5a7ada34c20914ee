"""Checks: what is wrong with a project though no pattern shows it. One module for each, with a `CHECK`."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.checks.check import Check

CHECKS: Mapping[str, tuple[str, ...]] = {
    "dotenv_tracked": (),
    "secret_shown": ("python",),
    "visitor_key": ("python",),
    "secret_in_url": ("python",),
    "secret_logged": ("python",),
    "secret_in_arguments": ("python",),
    "secret_sent": ("python",),
    "served_folder": ("python",),
    "remote_code": ("python",),
    "unused_ignore": (),  # last of all: it takes what the others have found to know
}
"""The modules, in the order in which they are asked, and the ids of the languages whose documents each is for.

One without languages is asked about all documents, but only where something was found already.
"""

_MARKED = frozenset(
    """secret_shown visitor_key secret_in_url secret_logged secret_in_arguments secret_sent served_folder
    remote_code""".split()
)
_MARKS = (
    b"environ", b"tenv", b".api_key", b"secrets", b"get_token", b"OAuthToken", b"BaseSettings", b"userdata",
    b"HfFolder", b"decouple", b"_env", b"get_key", b"_KEY", b"TOKEN", b"SECRET", b"PASSWORD", b"import settings",
    b"import config", b"config import", b"settings import", b"trust_remote_code", b"allowed_paths", b"static_",
    b"StaticFiles",
)  # fmt: skip
"""One of these is in every text that one of the checks `_MARKED` is for: without any, none of those is loaded."""


def may_watch(data: bytes, language: str) -> bool:
    """Whether a check may be for a text of a language, before any is loaded."""
    names = [name for name, languages in CHECKS.items() if language in languages]
    return bool(names) and (not _MARKED.issuperset(names) or any(mark in data for mark in _MARKS))


@cache
def known() -> tuple[Check, ...]:
    """Every check there is, in the order in which they are asked."""
    modules = {importlib.import_module(f"unspill.checks.{name}"): languages for name, languages in CHECKS.items()}
    return tuple(module.CHECK._replace(languages=languages) for module, languages in modules.items())


@cache
def watching() -> tuple[Check, ...]:
    """Those that are for documents in which nothing else was found. None is loaded if there are none."""
    return tuple(check for check in known() if check.languages) if any(CHECKS.values()) else ()
