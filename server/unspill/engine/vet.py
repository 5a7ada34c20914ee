"""Validation of the user's own rules, one by one, before all are compiled together; tests check the shipped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.engine.anchors import alphabet, anchors, widths
from unspill.engine.matchers import UnsuitableError, compile_database
from unspill.errors import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.rules import Rule


def vet(rules: Iterable[Rule], *, hyperscan: bool) -> None:
    """Raise RuleError for a rule that an engine cannot search for within limits."""
    import regex

    from unspill.judge.checksums import CHECKSUMS
    from unspill.judge.structure import STRUCTURES

    for rule in rules:
        if rule.checksum and rule.checksum not in {*CHECKSUMS, *STRUCTURES}:
            raise RuleError(f"{rule.file}: credential {rule.id}: checksum: unknown validator {rule.checksum!r}")
        try:
            regex.compile(rule.pattern.encode())
            widths(rule)
            alphabet(rule)
            found = anchors([rule])
            if hyperscan:
                compile_database(found)
        except (ValueError, OverflowError, RecursionError, regex.error, UnsuitableError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else f"cannot be compiled: {error}"
            raise RuleError(f"{rule.file}: credential {rule.id}: pattern: {reason}; write a simpler one") from None
