"""What the judge says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from unspill.model import Confidence


class Verdict(NamedTuple):
    """What the judge says of a candidate. `confidence` is None if it is no secret."""

    confidence: Confidence | None
    reason: str
    near: bool = False
    """Whether a keyword of the rule stands near."""
    final: bool = False
    """Whether the value is known to be no secret, so that no other rule may take it, or a part of it, for one."""
