"""Checks: what is wrong with a project though no pattern shows it. One module per subject; `known` has them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from unspill.model import Severity


class Check(NamedTuple):
    """One thing to check. Ids share one namespace with those of rules."""

    id: str
    name: str
    severity: Severity
    docs: str
    """What is wrong, and what to do about it."""


def known() -> tuple[Check, ...]:
    """Every check there is."""
    from unspill.checks import dotenv, unused_ignore

    return dotenv.CHECKS + unused_ignore.CHECKS
