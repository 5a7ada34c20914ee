"""The names that Python code reads from the environment and writes to it, however it does that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import budget
from unspill.languages.python import clients, defaults, settings
from unspill.languages.python.readers import (
    CALLS,
    COPIES,
    ENVIRON,
    KEYWORDS,
    MAPPINGS,
    MAY_USE,
    NO_READERS,
    NO_SECRETS,
    OBJECTS,
    PREFIXES,
    SECRETS,
    ReadingCall,
)  # fmt: skip
from unspill.model import Default, EnvHelper, EnvPattern, EnvUse, EnvUses
from unspill.semantics.python import calls, classes, folding, statements, tree, values
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import dotted, qualified
from unspill.syntax import span_of, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

    from unspill.document import Document

_SETTERS = frozenset(["os.environ.setdefault", "os.putenv", "os.environ.__setitem__"])
_UPDATE = "os.environ.update"
_SECRETS = (SECRETS, "st.secrets")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ASKED = re.compile(
    r"\b(?:input|getpass|text_input|text_area|chat_input|Textbox|Prompt\.ask|prompt|session_state|request|form|args)\b"
)
"""What asks a person for a value, or has what it said."""


def env_uses(document: Document) -> EnvUses:
    """The environment variables that the document reads and writes; a use's span is the name inside its quotes."""
    implicit = clients.reads(document)
    if not MAY_USE.search(document.data):
        return EnvUses(implicit=implicit)
    found = _EnvCollector(document)
    found.collect()
    return EnvUses(
        _ordered([*found.reads, *settings.fields(document)]),
        _ordered(found.writes),
        implicit=implicit,
        patterns=tuple(dict.fromkeys([*found.patterns, *settings.patterns(document)])),
        helpers=tuple(dict.fromkeys(found.helpers)),
    )


def helped(document: Document, helpers: Iterable[EnvHelper]) -> EnvUses:
    """What the document reads by calling functions that other documents define, and it imports."""
    found = _EnvCollector(document)
    by_last: dict[str, list[tuple[str, Node]]] = {}
    for name, here in calls.by_name(document).items():
        by_last.setdefault(calls.last_name(name), []).extend((name, call) for call in here)
    for helper in helpers:
        for name, call in by_last.get(helper.function, ()):
            if "." in name:
                reader = ReadingCall(helper.position, helper.keyword, required=helper.required)
                found.call(call, reader, otherwise=helper.default)
    return EnvUses(_ordered(found.reads), patterns=tuple(dict.fromkeys(found.patterns)))


class _EnvCollector:
    """What a document reads and writes."""

    def __init__(self, document: Document) -> None:
        self.reads: list[EnvUse] = []
        self.writes: list[EnvUse] = []
        self.patterns: list[EnvPattern] = []
        self.helpers: list[EnvHelper] = []
        self._document = document
        self._aliases = document.memo(_aliases)

    def collect(self) -> None:
        """Find all of them."""
        for node in tree.find_all(
            self._document, Kind.SUBSCRIPT, Kind.COMPARISON, Kind.AUGMENTED_ASSIGNMENT, Kind.ATTRIBUTE, Kind.CALL,
            Kind.FOR, Kind.FOR_IN,
        ):  # fmt: skip
            if is_a(node, Kind.SUBSCRIPT):
                self._subscript(node)
            elif is_a(node, Kind.COMPARISON):
                self._membership(node)
            elif is_a(node, Kind.ATTRIBUTE):
                self._attribute(node)
            elif is_a(node, Kind.CALL):
                self._call(node)
            elif is_a(node, Kind.FOR, Kind.FOR_IN):
                self._iteration(node)
            elif self._meaning(node.child_by_field_name("left")) == ENVIRON:
                self._dictionary(node.child_by_field_name("right"))

    def call(self, node: Node, reader: ReadingCall, *, otherwise: Default = Default.NONE, prefix: str = "") -> None:
        """Add the names that a call reads; what it yields without a default of its own is `otherwise`."""
        given = defaults.given(node, reader.default)
        own = otherwise if given is None or self._is_read(given) else defaults.of(given)
        key = calls.argument(node, reader.position, reader.keyword)
        self._read(key, node, required=reader.required and given is None, own=own, prefix=prefix)

    def _meaning(self, node: Node | None) -> str:
        """The qualified name of an expression; a copy of the environment is called as itself."""
        if is_a(node, Kind.CALL) and calls.callee(self._document, node) in COPIES:
            given = calls.arguments(node)
            return self._meaning(given[0]) if given else ""
        first, dot, rest = dotted(node).partition(".")
        name = self._aliases.get(first)
        name = qualified(self._document, node) if name is None else name + dot + rest
        return name.replace(f"{ENVIRON}.copy", ENVIRON)

    def _subscript(self, node: Node) -> None:
        mapping = self._meaning(node.child_by_field_name("value"))
        if mapping not in MAPPINGS:
            return
        key = node.child_by_field_name("subscript")
        if statements.is_target(self._document, node):
            if mapping == ENVIRON:
                self._write(key, statements.assigned_value(self._document, node))
        elif mapping in _SECRETS and self._is_section(node):
            self._section(node, folding.string_value(key))
        elif not is_a(tree.parent(self._document, node), Kind.DELETE):
            self._read(key, node, required=True)

    def _attribute(self, node: Node) -> None:
        """`st.secrets.NAME`."""
        name = node.child_by_field_name("attribute")
        if name is None or text_of(name) in NO_SECRETS or not _NAME.match(text_of(name)):
            return
        if self._meaning(node.child_by_field_name("object")) not in _SECRETS:
            return
        if self._is_section(node):
            self._section(node, text_of(name))
        else:
            default = defaults.around(self._document, node, text_of(name), self._is_read)
            self.reads.append(EnvUse(text_of(name), span_of(name), default is Default.NONE, default))

    def _is_section(self, node: Node) -> bool:
        """Whether an entry of `st.secrets` is a table, of which a part is taken."""
        above = tree.parent(self._document, node)
        field = above.child_by_field_name("attribute") if is_a(above, Kind.ATTRIBUTE) else None
        if is_a(above, Kind.SUBSCRIPT):
            return tree.same(above.child_by_field_name("value"), node)
        return field is not None and not hasattr(str, text_of(field))

    def _section(self, node: Node, section: str | None) -> None:
        """`st.secrets["section"]["key"]`: no variable of the environment has it, so its name has a dot."""
        above = tree.parent(self._document, node)
        if section is None or above is None:
            return
        part = above.child_by_field_name("attribute") or above.child_by_field_name("subscript")
        name = text_of(part) if is_a(above, Kind.ATTRIBUTE) else folding.string_value(part)
        if part is not None and name:
            default = defaults.around(self._document, above, name, self._is_read)
            self.reads.append(EnvUse(f"{section}.{name}", span_of(part), default is Default.NONE, default))

    def _membership(self, node: Node) -> None:
        children = node.children
        for name, operator, mapping in zip(children, children[1:], children[2:], strict=False):
            if is_a(operator, Kind.IN, Kind.NOT_IN) and self._meaning(mapping) in MAPPINGS:
                self._add(name, Default.EMPTY)

    def _iteration(self, node: Node) -> None:
        """A loop over the whole environment may look for any name."""
        source = node.child_by_field_name("right")
        if self._meaning(source).removesuffix(".items").removesuffix(".keys") == ENVIRON and source is not None:
            self.patterns.append(EnvPattern("", "", span_of(source)))

    def _call(self, node: Node) -> None:
        name = self._meaning(node.child_by_field_name("function"))
        last = calls.last_name(name)
        if name in CALLS:
            self.call(node, CALLS[name])
        if name in _SETTERS:
            self._write(calls.argument(node, 0, "key"), calls.argument(node, 1, "value"))
        elif name == _UPDATE:
            for given in calls.arguments(node):
                if is_a(given, Kind.KEYWORD_ARGUMENT):
                    self._write(given.child_by_field_name("name"), given.child_by_field_name("value"))
                else:
                    self._dictionary(given)
        elif last in KEYWORDS:
            option = calls.keyword(node, KEYWORDS[last])
            for part in tree.items(option) if is_a(option, Kind.LIST, Kind.TUPLE) else [option]:
                self._add(part, Default.EMPTY)
        elif last in PREFIXES:
            for prefix in values.possible(self._document, calls.keyword(node, PREFIXES[last])).texts:
                self.patterns.append(EnvPattern(f"{prefix.value}_", "", prefix.span))
        elif calls.callee(self._document, node) not in OBJECTS:  # else it makes an object, which reads names later
            kind = name if name in OBJECTS else name.rpartition(".")[0]
            if kind in OBJECTS and last not in NO_READERS:
                self.call(node, ReadingCall(default=OBJECTS[kind], required=True), prefix=_prefix(self._document, node))

    def _dictionary(self, node: Node | None) -> None:
        for pair in tree.items(node) if is_a(node, Kind.DICTIONARY) else []:
            if is_a(pair, Kind.PAIR):
                self._write(pair.child_by_field_name("key"), pair.child_by_field_name("value"))

    def _read(
        self, key: Node | None, node: Node, *, required: bool, own: Default = Default.NONE, prefix: str = ""
    ) -> None:
        """Add a read by the expression `node`, whose own default is `own`."""
        name = folding.string_value(key) if key is not None else None
        default = own
        if own is Default.NONE:
            default = defaults.around(self._document, node, name or text_of(key), self._is_read)
        others = (self._name_read(other) for other in defaults.others(self._document, node, self._is_read))
        instead = tuple(dict.fromkeys(other for other in others if other))
        self._add(key, default, required=required and default is Default.NONE, instead=instead, prefix=prefix)

    def _is_read(self, node: Node) -> bool:
        """Whether an expression reads a name."""
        return self._name_read(node) is not None

    def _name_read(self, node: Node) -> str | None:
        """The name that an expression reads; "" if it is not constant, None for any other expression."""
        key = self._key_of(node)
        return None if key is None else folding.string_value(key) or ""

    def _key_of(self, node: Node) -> Node | None:
        """The key of a read."""
        if is_a(node, Kind.SUBSCRIPT) and self._meaning(node.child_by_field_name("value")) in MAPPINGS:
            return node.child_by_field_name("subscript")
        reader = CALLS.get(self._meaning(node.child_by_field_name("function"))) if is_a(node, Kind.CALL) else None
        return calls.argument(node, reader.position, reader.keyword) if reader is not None else None

    def _add(
        self,
        key: Node | None,
        default: Default,
        *,
        required: bool = False,
        instead: tuple[str, ...] = (),
        prefix: str = "",
    ) -> None:
        found = values.possible(self._document, key)
        budget.spend(self._document, len(found.texts))
        if found.is_chosen and default is Default.NONE:  # the program needs one of them
            default, required = Default.EMPTY, False
        for text in found.texts:
            if _NAME.match(prefix + text.value):
                others = tuple(name for name in instead if name != text.value)
                self.reads.append(EnvUse(prefix + text.value, text.span, required, default, others))
        if key is not None:
            made = (EnvPattern(prefix + one.prefix, one.suffix, span_of(key)) for one in found.patterns)
            self.patterns.extend(made)
        for function, position, name in found.parameters:
            called = text_of(function.child_by_field_name("name"))
            is_method = classes.owner(self._document, function) is not None
            self.helpers.append(EnvHelper(called, position, name, is_method, required, default))

    def _write(self, key: Node | None, value: Node | None) -> None:
        if is_a(key, Kind.IDENTIFIER) and is_a(key.parent, Kind.KEYWORD_ARGUMENT):
            self.writes.append(EnvUse(text_of(key), span_of(key), given=self._is_given(value, text_of(key), key)))
            return
        for text in values.possible(self._document, key).texts:
            if key is not None and _NAME.match(text.value):
                self.writes.append(EnvUse(text.value, text.span, given=self._is_given(value, text.value, key)))

    def _is_given(self, value: Node | None, name: str, key: Node) -> bool:
        """Whether what is written under a key comes from a person, from a caller, or from the name itself."""
        if value is None:
            return False
        found = values.sources(self._document, value, self._is_read)
        parts = [part for node in found.nodes for part in walk(node)]
        own = {name, text_of(key)}
        return found.is_argument or any(
            (is_a(part, Kind.CALL) and _ASKED.search(dotted(part)))
            or self._name_read(part) == name
            or text_of(self._key_of(part)) in own
            for part in parts
        )


def _aliases(document: Document) -> dict[str, str]:
    """The names that are assigned what reads the environment: `get = os.environ.get`, `env = Env()`."""
    found: dict[str, str] = {}
    for node in tree.find_all(document, Kind.ASSIGNMENT):
        name, right = statements.assigned_name(node), node.child_by_field_name("right")
        if name is None or right is None:
            continue
        if is_a(right, Kind.CALL) and calls.callee(document, right) in COPIES:
            right = next(iter(calls.arguments(right)), right)
        meaning = qualified(document, right).replace(f"{ENVIRON}.copy", ENVIRON)
        is_made = is_a(right, Kind.CALL) and (meaning in OBJECTS or meaning in MAPPINGS)
        if is_made or (is_a(right, Kind.ATTRIBUTE, Kind.IDENTIFIER) and (meaning in CALLS or meaning in MAPPINGS)):
            found[name] = meaning
    return found


def _prefix(document: Document, node: Node) -> str:
    """The constant prefixes of the blocks around a call: `with env.prefixed("APP_"):`."""
    found = ""
    for above in tree.ancestors(document, node):
        clause = next((child for child in above.named_children if is_a(child, Kind.WITH_CLAUSE)), None)
        for call in walk(clause) if is_a(above, Kind.WITH) and clause is not None else ():
            if is_a(call, Kind.CALL) and calls.last_name(dotted(call)) == "prefixed":
                found = (folding.string_value(calls.argument(call, 0, "prefix")) or "") + found
    return found


def _ordered(uses: Iterable[EnvUse]) -> tuple[EnvUse, ...]:
    return tuple(sorted(dict.fromkeys(uses), key=lambda use: use.span))
