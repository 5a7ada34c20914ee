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
    "front_matter": ("readme",),
    "build_argument": ("dockerfile",),
    "unmounted_secret": ("dockerfile",),
    "secret_mount": ("dockerfile",),
    "kept_secret": ("dockerfile",),
    "static_space": ("javascript", "html"),
    "public_name": ("javascript", "html", "dotenv", "dockerfile", "yaml", "toml", "shell"),
    "secret_variable": ("python", "shell", "yaml"),
    "secret_in_log": ("yaml",),
    "dotenv_in_image": ("dockerfile",),
    "dotenv_uploaded": ("python",),
    "dotenv_unignored": ("dotenv",),
    "undeclared_secret": (),
    "unused_secret": (),
    "duplicate_name": (),
    "refused_name": (),
    "template_value": (),
    "unused_ignore": (),  # last of all: it takes what the others have found to know
}
"""The modules, in the order in which they are asked, and the ids of the languages whose documents each is for.

One without languages is asked about all documents, but only where something was found already.
"""


@cache
def known() -> tuple[Check, ...]:
    """Every check there is, in the order in which they are asked."""
    return tuple(map(_loaded, CHECKS))


@cache
def watching(language: str) -> tuple[Check, ...]:
    """Those that are for documents of a language in which nothing else was found. No other is loaded."""
    return tuple(_loaded(name) for name, languages in CHECKS.items() if language in languages)


@cache
def _loaded(name: str) -> Check:
    check: Check = importlib.import_module(f"unspill.checks.{name}").CHECK
    return check._replace(languages=CHECKS[name])


@cache
def of_projects() -> tuple[Check, ...]:
    """Those that are about all of an app."""
    return tuple(check for check in known() if check.of_project is not None)
