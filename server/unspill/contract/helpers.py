"""Reads through functions of other documents: `secret("HF_TOKEN")`, where `secret` reads the name that it is given."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from unspill import budget, languages, syntax
from unspill.contract import evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.document import Document
    from unspill.model import EnvHelper, EnvUses

_TELLING = re.compile(r"env|secret|key|token|credential|config|setting", re.IGNORECASE)
"""What the name of a function has that others may call without naming its module."""


def all_uses(documents: Sequence[Document]) -> list[EnvUses]:
    """What each document reads and writes, also through functions that another one defines."""
    own = [languages.env_uses(document) for document in documents]
    known = [
        (document, helper)
        for document, uses in zip(documents, own, strict=True)
        for helper in uses.helpers
        if not evidence.is_test(document.path.rpartition("/")[2])
    ]
    if not known:
        return own
    return [_with(document, uses, known) for document, uses in zip(documents, own, strict=True)]


def _with(document: Document, own: EnvUses, known: Iterable[tuple[Document, EnvHelper]]) -> EnvUses:
    """What a document reads, with its calls of functions that other documents of its language define."""
    helpers = [
        helper
        for other, helper in known
        if other is not document
        and other.language == document.language
        and helper.function.encode() in document.data
        and (_TELLING.search(helper.function) or (not helper.is_method and _module(other) in document.data))
    ]
    ask = getattr(languages.module(document), "helped", None) if helpers else None
    if ask is None:
        return own
    try:
        found: EnvUses = ask(document, helpers)
    except (syntax.UnparsedError, budget.OverBudgetError, RecursionError):
        return own
    return own._replace(reads=(*own.reads, *found.reads), patterns=(*own.patterns, *found.patterns))


def _module(document: Document) -> bytes:
    """What imports call the module of a document."""
    stem = posixpath.splitext(posixpath.basename(document.path))[0]
    return (posixpath.basename(posixpath.dirname(document.path)) if stem in ("__init__", "index") else stem).encode()
