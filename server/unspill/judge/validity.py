"""Whether a value is a token of its kind, by the checksum or the structure test that its rule names."""

from __future__ import annotations

from unspill.judge.answer import Answer
from unspill.judge.checksums import CHECKSUMS, DOCUMENTED


def check(name: str, value: bytes) -> Answer:
    """What the checksum or structure test called `name` says of `value`, prefix included."""
    if name in CHECKSUMS:
        tail = CHECKSUMS[name](value)
        if tail is not None and value.endswith(tail):
            return Answer.RIGHT
        return Answer.WRONG if name in DOCUMENTED else Answer.UNKNOWN
    from unspill.judge.structure import STRUCTURES

    if name in STRUCTURES:
        return STRUCTURES[name](value)
    return Answer.UNKNOWN
