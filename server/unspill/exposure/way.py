"""The way of a value: where it was read, and how it came to where it is shown."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from unspill.model import Span


class OriginKind(Enum):
    """What a value is."""

    SECRET = "secret"  # noqa: S105
    """A declared secret of the program."""
    EVERYTHING = "everything"
    """The whole environment, or all of `st.secrets`."""
    HUB_TOKEN = "hub token"  # noqa: S105
    """The Hugging Face token of whoever runs the program."""
    VISITOR_TOKEN = "visitor token"  # noqa: S105
    """The OAuth token of a visitor."""
    TYPED = "typed"
    """What a visitor types."""


class ValueOrigin(NamedTuple):
    """What a value is, and its name: of the secret, or of what asks a visitor."""

    kind: OriginKind
    name: str = ""


class Hop(NamedTuple):
    """A place on the way of a value."""

    path: str
    at: Span
    message: str


class Way(NamedTuple):
    """The way of a value, from where it is read on."""

    origin: ValueOrigin
    hops: tuple[Hop, ...]
    is_part: bool = False
    """Whether it was put into a longer text, or is one of several values."""

    def then(self, hop: Hop) -> Way:
        """The way to the next place."""
        return self._replace(hops=(*self.hops, hop))


def subject(origin: ValueOrigin) -> str:
    """What a value is, for people."""
    return {
        OriginKind.SECRET: origin.name,
        OriginKind.EVERYTHING: "the whole environment",
        OriginKind.HUB_TOKEN: "the Hugging Face token",
        OriginKind.VISITOR_TOKEN: "a visitor's Hugging Face token",
        OriginKind.TYPED: "what a visitor types",
    }[origin.kind]


def beginning(origin: ValueOrigin) -> str:
    """What is said of the place where a way begins."""
    return "a visitor types it here" if origin.kind is OriginKind.TYPED else f"{subject(origin)} is read here"
