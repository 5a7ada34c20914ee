"""What checks say of a leak."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill import budget, syntax
from unspill.exposure import leaks
from unspill.exposure.way import OriginKind, subject
from unspill.model import Related

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.document import Document
    from unspill.exposure.audience import Audience
    from unspill.exposure.leaks import Leak
    from unspill.model import Tree


def seen_by(audience: Audience, document: Document, tree: Tree | None) -> Iterator[Leak]:
    """What an audience gets to see of a document; nothing if it is not parsed."""
    try:
        found = leaks.of(document, tree)
    except (syntax.UnparsedError, budget.OverBudgetError, RecursionError):
        return
    yield from (leak for leak in found if leak.audience is audience)


def related(leak: Leak, document: Document) -> tuple[Related, ...]:
    """The way of a value as related places, without the place of the finding itself."""
    here = document.path, leak.at
    return tuple(Related(hop.message, hop.path, hop.at) for hop in leak.way.hops if (hop.path, hop.at) != here)


def value_of(leak: Leak) -> str:
    """What is shown, for people: `HF_TOKEN`, "the whole environment"."""
    return subject(leak.way.origin)


def short_name(leak: Leak) -> str:
    """What shows it, for people, as it is usually called: `st.write`, `logger.info`, `print`."""
    name = leak.by.replace("()", "")
    package, _, rest = name.partition(".")
    if rest.startswith(("getLogger.", "get_logger.", "logger.")):
        return f"logger.{rest.rpartition('.')[2]}"
    return ".".join(part for part in (_USUAL.get(package, package), rest) if part)


def is_whole(leak: Leak) -> bool:
    """Whether it is the whole environment."""
    return leak.way.origin.kind is OriginKind.EVERYTHING


_USUAL = {"gradio": "gr", "streamlit": "st"}
