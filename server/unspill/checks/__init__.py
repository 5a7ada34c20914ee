"""Checks: what is wrong with a project though no pattern shows it. One module for each, with a `CHECK`."""

from __future__ import annotations

import importlib
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine.watched import LANGUAGE, READING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from unspill.checks.check import Check


class Where(NamedTuple):
    """Which texts a check is for: in those languages, with one of these words; if any. So no other loads it."""

    languages: tuple[str, ...] = ()
    """The ids. A check without is asked about all documents, but only where something was found already."""
    words: tuple[bytes, ...] = ()
    follows: bool = False
    """Whether it follows values through a program, which takes longer than an editor may take after each key."""

    def is_for(self, data: bytes, language: str, *, watched: bool | None = None) -> bool:
        """Whether a text of a language is one of them; `watched` as for `watching`."""
        if language not in self.languages or (watched is False and language == LANGUAGE):
            return False
        return not self.words or any(word in data for word in self.words)


_FOLLOWING = Where(("python",), READING, follows=True)

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
    data: bytes, language: str, *, watched: bool | None = None, follows: bool | None = None
) -> tuple[Check, ...]:
    """Those that are for a text of a language even if nothing else was found in it. No other is loaded.

    `watched`: whether one of the words `engine.watched.WORDS` is in it, if that is known. `follows`: only those that
    follow values, or only the others.
    """
    return asked(data, language, found=False, watched=watched, follows=follows)


def asked(
    data: bytes, language: str, *, found: bool, watched: bool | None = None, follows: bool | None = None
) -> tuple[Check, ...]:
    """The same, and those for any text in which something was `found`."""
    names = (
        name
        for where, rows in _alike()
        if (follows is None or where.follows is follows)
        and (where.is_for(data, language, watched=watched) if where.languages else found)
        for name in rows
    )
    return tuple(check for check in map(_loaded, names) if check.gate is None or check.gate(data))


@cache
def _alike() -> tuple[tuple[Where, tuple[str, ...]], ...]:
    """The rows, neighbours with the same words as one: a text is searched once for all of them."""
    return tuple((where, tuple(rows)) for where, rows in groupby(CHECKS, CHECKS.__getitem__))


@cache
def _loaded(name: str) -> Check:
    check: Check = importlib.import_module(f"unspill.checks.{name}").CHECK
    return check


@cache
def of_projects() -> tuple[Check, ...]:
    """Those that are about all of an app."""
    return tuple(check for check in known() if check.of_project is not None)
