"""What more rules and more bytes cost: in one process and on one thread, everything in memory."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from unspill import rules
from unspill.document import Document, decode
from unspill.engine import Engine
from unspill.engine.cache import build
from unspill.engine.matchers import HyperscanMatcher, compile_database, has_hyperscan
from unspill.languages import language_of
from unspill.scan import Scanner

from tests.bench.measure import in_turns
from tests.bench.table import Table, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from unspill.rules import Rule

_FEW = 100
_LIMIT = 40_000_000
"""Bytes of the tree that are held in memory."""


def measure(rounds: int, tree: Path) -> Table | None:
    """All rules against a hundred of them, and all bytes against a quarter of them; None without Hyperscan."""
    if not has_hyperscan():
        return None
    every = rules.load(rules.shipped())
    # The generic ones, whose cost does not grow with the catalogue, and others spread evenly over the files.
    generic, others = [rule for rule in every if rule.generic], [rule for rule in every if not rule.generic]
    rest = _FEW - len(generic)
    few = [*generic, *(others[index * len(others) // rest] for index in range(rest))]
    documents = _documents(tree)
    quarter = documents[::4]
    times = in_turns(
        {
            "few": _scan(few, documents),
            "all": _scan(every, documents),
            "quarter": _scan(every, quarter),
        },
        rounds,
    )
    size, part = (sum(len(document.data) for document in some) for some in (documents, quarter))
    base = times["few"] / size
    rows = [
        (f"{len(some)} rules, {of / 1e6:,.0f} MB", f"{times[name]:.2f} s", ratio(times[name] / of, base))
        for name, some, of in (("few", few, size), ("all", every, size), ("quarter", every, part))
    ]
    return Table(
        "Cost",
        f"A part of the same tree, in memory, on one thread, median of {rounds}. {_candidates(documents, size)}",
        ("", "time", "per byte"),
        rows,
    )


def _candidates(documents: Sequence[Document], size: int) -> str:
    """How many places Hyperscan hands to Python, and which rule has the most of them."""
    scanner = Scanner()
    hits = Counter(anchor for document in documents for anchor, _ in scanner.hits(document.data)[0])
    anchor, most = hits.most_common(1)[0]
    first = next(iter(scanner.engine._index.anchors[anchor].rules), None)
    name = "the generic rules" if first is None else scanner.engine.rule(first).id
    per_mb = 1e6 / size
    return f"Candidates: {hits.total() * per_mb:,.0f} per MB, {most * per_mb:,.0f} of them for {name}."


def _scan(some: Sequence[Rule], documents: Sequence[Document]) -> Callable[[], float]:
    index = build(list(some))
    scanner = Scanner()
    scanner.engine = Engine(index, HyperscanMatcher(compile_database(index.anchors), index.anchors))

    def once() -> float:
        began = time.perf_counter()
        for document in documents:
            scanner.scan(Document(document.data, document.path, document.language))
        return time.perf_counter() - began

    return once


def _documents(tree: Path) -> list[Document]:
    found: list[Document] = []
    size = 0
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            data, encoding = decode(path.read_bytes())
            found.append(Document(data, path.name, language_of(path.name).id, encoding=encoding))
            size += len(data)
    # Every n-th file, so that all packages have their share.
    return found[:: max(1, -(-size // _LIMIT))]
