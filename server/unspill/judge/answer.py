"""What a test of a value can say."""

from __future__ import annotations

from enum import Enum


class Answer(Enum):
    """What a checksum or a structure test says of a value."""

    RIGHT = "right"
    WRONG = "wrong"
    """The value cannot be one of its issuer's tokens, as far as the issuer's own documents go."""
    UNKNOWN = "unknown"
