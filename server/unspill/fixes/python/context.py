"""The context shared by the fixes of one target, and the type of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.document import apply_edits
from unspill.fixes.python import parts
from unspill.fixes.python.reads import Absent
from unspill.model import Safety, Span
from unspill.semantics.python import folding, strings
from unspill.semantics.python.kinds import Kind, is_a
from unspill.syntax import span_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes.moving import Changes
    from unspill.fixes.python.reads import EnvReader
    from unspill.fixes.python.target import Target
    from unspill.sites import Site


class Change(NamedTuple):
    """One way to fix a finding. `title` has a `{name}`; `withheld` is the reason if there are no changes."""

    changes: Sequence[tuple[Span, str]] = ()
    imports: tuple[str, ...] = ()
    title: str = "Read {name} from the environment"
    declared: bool = True
    safety: Safety = Safety.SAFE
    reason: str = ""
    withheld: str = ""


class FixContext(NamedTuple):
    """A target, and the place around it: `node` is the whole expression there."""

    document: Document
    target: Target
    site: Site
    node: Node
    reader: EnvReader
    python: tuple[int, int] = (3, 10)
    absent: Absent = Absent.ERROR
    """What the code around the target expects without the name."""

    @property
    def is_whole(self) -> bool:
        """Whether the target is the whole expression at its place."""
        node = self.node
        while is_a(node, Kind.PARENTHESES) and span_of(node) != span_of(self.target.node):
            node = node.named_children[0]
        return self.target.part is None and span_of(node) == span_of(self.target.node)

    @property
    def imports(self) -> tuple[str, ...]:
        """The imports needed to read the environment."""
        return (*self.reader.imports, *self.target.imports)

    def replacement(self) -> Changes | None:
        """The changes that only replace the target by a read of the environment."""
        found, reader = self.target, self.reader

        def expression(quote: str) -> str:
            return found.template.format(reader.required(found.name, quote))

        string = strings.literal(found.node)
        if found.part is None:
            return [(span_of(found.node), found.template.format(reader.read(found.name, self.absent)))]
        if string is not None:
            return parts.replace(self.document, string, found.part, expression)
        before, _, after = str(folding.fold(found.node)).partition(found.secret.reveal())
        return [(span_of(found.node), parts.composed(before, after, reader.quote, expression))]

    def rewritten(self) -> str | None:
        """The source of the whole expression at the place, with the target replaced."""
        changes = self.replacement()
        if changes is None:
            return None
        start = self.node.start_byte
        moved = [(Span(span.start - start, span.end - start), text) for span, text in changes]
        return apply_edits(self.document.data[start : self.node.end_byte], moved).decode("utf-8", "replace")
