"""Results as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Table(NamedTuple):
    """One table of results, with a sentence that says what was done."""

    title: str
    about: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def markdown(self) -> str:
        """The table as Markdown: the first column to the left, figures to the right."""
        lines = [" | ".join(self.head), " | ".join(["---", *["--:"] * (len(self.head) - 1)])]
        lines += [" | ".join(row) for row in self.rows]
        return f"**{self.title}.** {self.about}\n\n" + "\n".join(f"| {line} |" for line in lines) + "\n"


def ms(seconds: float) -> str:
    """A time in milliseconds."""
    return f"{seconds * 1000:,.{0 if seconds >= 0.01 else 1}f} ms"


def ratio(value: float, base: float) -> str:
    """How many times as much as the base."""
    times = value / base
    return f"{times:.{1 if times >= 10 else 2}f}×"


def megabytes(size: int | None) -> str:
    """A size in MB (powers of ten)."""
    return "–" if size is None else f"{size / 1e6:,.0f} MB"
