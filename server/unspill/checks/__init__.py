"""Checks: what is wrong with a project though no pattern shows it. One module for each, with a `CHECK`."""

from __future__ import annotations

import importlib
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine import watched

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from unspill.checks.check import Check


class Where(NamedTuple):
    """Which texts a check is for: in those languages, with one of these words; if any. So no other loads it."""

    languages: tuple[str, ...] = ()
    """The ids. A check without is asked about all documents, but only where something was found already."""
    words: tuple[bytes, ...] = ()
    follows: bool = False
    """Whether it follows values through a program, which takes longer than an editor may take after each key."""

    def is_for(self, data: bytes, language: str, words: Set[bytes] | None = None) -> bool:
        """Whether a text of a language is one of them; `words` as for `watching`."""
        return language in self.languages and (not self.words or watched.has(data, self.words, words))


_FOLLOWING = Where(("python",), watched.READING, follows=True)

CHECKS: Mapping[str, Where] = {
    "dotenv_tracked": Where(),
    "front_matter": Where(("readme",), (b"sdk", b"SDK", b"colorFrom", b"app_file", b"app_port")),
    "build_argument": Where(
        ("dockerfile",),
        (b"KEY", b"TOKEN", b"SECRET", b"PASS", b"PWD", b"AUTH", b"CRED", b"_PAT", b"_URL", b"_URI", b"DSN", b"key"),
    ),
    "unmounted_secret": Where(("dockerfile",), (b"$", b"environ", b"getenv", b"/run/secrets/")),
    "secret_mount": Where(("dockerfile",), (b"type=secret",)),
    "kept_secret": Where(("dockerfile",), (b"type=secret",)),
    "static_space": Where(("javascript", "html"), (b"huggingface",)),
    "public_name": Where(
        ("javascript", "html", "dotenv", "dockerfile", "yaml", "toml", "shell"),
        (b"VITE_", b"PUBLIC_", b"_APP_", b"GATSBY_"),
    ),
    "secret_variable": Where(("python", "shell", "yaml"), (b"space_variable", b"spaces variables", b"vars.")),
    "secret_in_log": Where(("yaml",), (b"secrets.",)),
    "dotenv_in_image": Where(("dockerfile",), (b"COPY", b"ADD", b"copy", b"add")),
    "dotenv_uploaded": Where(("python",), (b"folder_path",)),
    "dotenv_unignored": Where(("dotenv",)),
    "undeclared_secret": Where(),
    "unused_secret": Where(),
    "duplicate_name": Where(),
    "refused_name": Where(),
    "template_value": Where(),
    "secret_shown": _FOLLOWING,
    "visitor_key": _FOLLOWING,
    "secret_in_url": _FOLLOWING,
    "secret_logged": _FOLLOWING,
    "secret_in_arguments": _FOLLOWING,
    "secret_sent": _FOLLOWING,
    "served_folder": Where(
        ("python",), (b"allowed_paths", b"set_static_paths", b"StaticFiles", b"static_folder"), follows=True
    ),
    "remote_code": Where(
        ("python",), (b"trust_remote_code", b"custom_pipeline", b"torch.hub", b"hub.load"), follows=True
    ),
    "unused_ignore": Where(),  # last of all: it takes what the others have found to know
}
"""The modules, in the order in which they are asked, and the texts that each is for."""


@cache
def known() -> tuple[Check, ...]:
    """Every check there is, in the order in which they are asked."""
    return tuple(map(_loaded, CHECKS))


def watching(
    data: bytes, language: str, *, words: Set[bytes] | None = None, follows: bool | None = None
) -> tuple[Check, ...]:
    """Those that are for a text of a language even if nothing else was found in it. No other is loaded.

    `words`: those of `engine.watched.WORDS` that are in it, if that is known. `follows`: only those that follow
    values, or only the others.
    """
    return asked(data, language, found=False, words=words, follows=follows)


def asked(
    data: bytes, language: str, *, found: bool, words: Set[bytes] | None = None, follows: bool | None = None
) -> tuple[Check, ...]:
    """The same, and those for any text in which something was `found`."""
    names = [
        name
        for where, rows in _alike(language, found)
        if (follows is None or where.follows is follows)
        and (not where.languages or where.is_for(data, language, words))
        for name in rows
    ]
    return tuple(check for check in map(_loaded, names) if check.gate is None or check.gate(data, words))


@cache
def _alike(language: str, found: bool) -> tuple[tuple[Where, tuple[str, ...]], ...]:
    """The rows for a language, neighbours with the same words as one: a text is searched once for all of them."""
    rows = groupby(CHECKS, CHECKS.__getitem__)
    return tuple(
        (where, tuple(names)) for where, names in rows if (language in where.languages if where.languages else found)
    )


@cache
def _loaded(name: str) -> Check:
    check: Check = importlib.import_module(f"unspill.checks.{name}").CHECK
    return check


@cache
def of_projects() -> tuple[Check, ...]:
    """Those that are about all of an app."""
    return tuple(check for check in known() if check.of_project is not None)
