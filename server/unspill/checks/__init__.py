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
    modules = {importlib.import_module(f"unspill.checks.{name}"): languages for name, languages in CHECKS.items()}
    return tuple(module.CHECK._replace(languages=languages) for module, languages in modules.items())


@cache
def watching() -> tuple[Check, ...]:
    """Those that are for documents in which nothing else was found. None is loaded if there are none."""
    return tuple(check for check in known() if check.languages) if any(CHECKS.values()) else ()


@cache
def of_projects() -> tuple[Check, ...]:
    """Those that are about all of an app."""
    return tuple(check for check in known() if check.of_project is not None)
