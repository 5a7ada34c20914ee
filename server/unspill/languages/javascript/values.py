"""The constants that a key of the environment may be: a literal, a variable, an element of a list, an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill import budget
from unspill.languages.javascript import nodes
from unspill.model import EnvHelper, EnvPattern, Span
from unspill.semantics.parts import ends
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document


_MOST = 400
"""Maximum number of constants of one key."""


class PossibleKeys(NamedTuple):
    """What a key may be."""

    texts: tuple[tuple[str, Span], ...]
    """Constants, and what is between their quotes."""
    patterns: tuple[EnvPattern, ...]
    helpers: tuple[EnvHelper, ...]
    """The functions whose argument the key is."""


def possible(document: Document, key: Node) -> PossibleKeys:
    """What a key of the environment may be. Raises OverBudgetError."""
    key = nodes.inner(key) or key
    if key.type != "identifier":
        return _possible(document, key)
    # A loop may use its variable often.
    bindings = tuple(binding.id for binding in nodes.bindings(document, key))
    known = document.memo(_names)
    if bindings not in known:
        known[bindings] = _possible(document, key)
    return known[bindings] if bindings else _possible(document, key)


def _names(_document: Document) -> dict[tuple[int, ...], PossibleKeys]:
    """What names may be, by their bindings."""
    return {}


def _possible(document: Document, key: Node) -> PossibleKeys:
    found = _KeySearch(document)
    found.add(key)
    budget.spend(document, len(found.texts))
    return PossibleKeys(tuple(found.texts), tuple(found.patterns), tuple(found.helpers))


class _KeySearch:
    """What is found of one key."""

    def __init__(self, document: Document) -> None:
        self.texts: list[tuple[str, Span]] = []
        self.patterns: list[EnvPattern] = []
        self.helpers: list[EnvHelper] = []
        self._document = document
        self._seen: set[int] = set()

    def add(self, node: Node) -> None:
        """Add what a key may be."""
        node = nodes.inner(node) or node
        budget.spend(self._document, 1)
        if node.id in self._seen:
            return
        self._seen.add(node.id)
        if len(self.texts) >= _MOST:
            self.patterns.append(EnvPattern("", "", span_of(node)))
            return
        is_text = node.type in ("string", "template_string")
        if node.type in ("property_identifier", "private_property_identifier"):
            self.texts.append((text_of(node), span_of(node)))
        elif is_text and all(child.type == "string_fragment" for child in node.named_children):
            self.texts.append((text_of(node)[1:-1], Span(node.start_byte + 1, node.end_byte - 1)))
        elif node.type == "ternary_expression":
            for side in ("consequence", "alternative"):
                if (value := node.child_by_field_name(side)) is not None:
                    self.add(value)
        elif node.type == "identifier":
            known = [self._binding(binding, node) for binding in nodes.bindings(self._document, node)]
            if not any(known):
                self.patterns.append(EnvPattern("", "", span_of(node)))
        else:
            children = node.named_children if is_text else []
            parts = [text_of(part) if part.type == "string_fragment" else None for part in children]
            self.patterns.append(EnvPattern(*ends(parts), span_of(node)))

    def _binding(self, binding: Node, name: Node) -> bool:
        """Add what a binding gives a name; whether that is known."""
        if binding.type in nodes.PARAMETERS:
            return self._parameter(binding, text_of(name))
        if binding.type == "for_in_statement":
            values = self._elements(binding.child_by_field_name("right"))
        else:
            value = binding.child_by_field_name("value")
            values = [value] if value is not None else []
        for value in values:
            self.add(value)
        return bool(values)

    def _parameter(self, parameter: Node, name: str) -> bool:
        """Add what the calls in the document give a parameter; whether it is one of a function or callback."""
        function, position = nodes.parent(self._document, parameter), 0
        if function is not None and function.type == "formal_parameters":
            position = [child.id for child in function.named_children].index(parameter.id)
            function = nodes.parent(self._document, function)
        above = (
            nodes.parent(self._document, function)
            if function is not None and function.type in nodes.FUNCTIONS
            else None
        )
        if function is None or above is None:
            return False
        if above.type == "arguments":  # a callback: ["A", "B"].map((name) => process.env[name])
            call = nodes.parent(self._document, above)
            callee = call.child_by_field_name("function") if call is not None else None
            values = self._elements(callee.child_by_field_name("object") if callee is not None else None)
            for value in values:
                self.add(value)
            return bool(values)
        called = text_of(function.child_by_field_name("name") or above.child_by_field_name("name"))
        if not called:
            return False
        self.helpers.append(EnvHelper(called, position, name, function.type == "method_definition"))
        by_name = nodes.calls(self._document)
        for call in (*by_name.get(called, ()), *by_name.get(f"this.{called}", ())):
            given = nodes.argument(call, position)
            if given is not None:
                self.add(given)
        return True

    def _elements(self, node: Node | None) -> list[Node]:
        """The elements of an array as it is written, or of the one that a name is bound to."""
        node = nodes.inner(node)
        if node is not None and node.type == "identifier":
            values = [one.child_by_field_name("value") for one in nodes.bindings(self._document, node)]
            arrays = [array for value in values if (array := nodes.inner(value)) is not None]
        else:
            arrays = [node] if node is not None else []
        return [element for array in arrays if array.type == "array" for element in array.named_children]
