"""What a program needs before it starts: the names that it reads without a default, and that nothing sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.contract.kinds import NameKind, kind_of
from unspill.model import Default
from unspill.shapes import may_be_secret

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from unspill.document import Document
    from unspill.model import EnvUse, EnvUses, Span


class NeededName(NamedTuple):
    """A name that a program needs and that is not there, with the place of the read that needs it most."""

    name: str
    required: bool
    """Whether the read fails; else it yields nothing (`os.getenv("X")`)."""
    document: Document
    span: Span


def unset(
    uses: Iterable[tuple[Document, EnvUses]], present: Collection[str], declared: Collection[str] = ()
) -> list[NeededName]:
    """The names that the documents of a program need, and that are neither `present` nor set by its code.

    `present` are the names of the environment that it starts with, `declared` those that its template lists. A name is
    needed if it is read without a default, and its lack is an error, or it is declared or that of a secret. Left out
    are names for which another is there (`os.getenv("A") or os.getenv("B")`), what platforms set, and names that look
    like a secret. In order of the documents and their text, each name once.
    """
    found = list(uses)
    there = {*present, *(use.name for _, own in found for use in own.writes if not use.given)}
    needed: dict[str, NeededName] = {}
    for document, own in found:
        for use in own.reads:
            if _is_needed(use, declared) and there.isdisjoint((use.name, *use.instead)):
                before = needed.get(use.name)
                if before is None or (use.required and not before.required):
                    needed[use.name] = NeededName(use.name, use.required, document, use.span)
    return list(needed.values())


def _is_needed(use: EnvUse, declared: Collection[str]) -> bool:
    kind = kind_of(use.name, [use.default])
    wanted = use.required or use.name in declared or kind is NameKind.SECRET
    return use.default is Default.NONE and wanted and kind is not NameKind.PLATFORM and not may_be_secret(use.name)
