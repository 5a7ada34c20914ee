"""Secrets without a format: what a name, an operator and the look of a value say together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.judge import entropy, placeholders
from unspill.judge.verdict import Verdict
from unspill.model import Confidence

if TYPE_CHECKING:
    from unspill.engine.generic import Named
    from unspill.rules import Rule


def verdict(named: Named, value: bytes, rule: Rule, language: str) -> Verdict:
    """Whether the value behind a name is a secret, and why."""
    if because := placeholders.reason(value):
        return Verdict(None, because)
    if entropy.shannon(value) < 3.0 or not any(48 <= char < 58 for char in value):
        return Verdict(None, "it looks like a word")
    return Verdict(Confidence.LOW, "its name")
