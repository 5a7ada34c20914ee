"""Classes of pydantic settings, whose fields read the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.languages.python import defaults
from unspill.model import Default, EnvPattern, EnvUse
from unspill.semantics.python import calls, classes, folding, statements, strings, tree
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import dotted
from unspill.syntax import span_of, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.model import Span

_BASE = "BaseSettings"
_DEEPEST = 4
"""Maximum depth of nested models."""
_CONFIGS = ("model_config", "Config")
_ALIASES = ("validation_alias", "alias", "env")
"""The arguments of `Field` that name the variables, the strongest first."""


class _Config(NamedTuple):
    """The configuration of a class; a prefix that is not constant is None."""

    prefix: str | None = ""
    delimiter: str = ""


class _FieldNames(NamedTuple):
    """The names that a field reads, and their place."""

    names: tuple[str, ...]
    span: Span


def is_settings(document: Document, owner: Node) -> bool:
    """Whether a class is a settings class: by a base, of its own or of a class of the document that it extends."""
    return text_of(owner.child_by_field_name("name")) in document.memo(_settings)


def fields(document: Document) -> list[EnvUse]:
    """What the fields of the document's settings classes read."""
    return [use for owner in _owners(document) for use in _fields(document, owner)]


def patterns(document: Document) -> list[EnvPattern]:
    """The names of fields of settings classes whose prefix is not constant."""
    found = []
    for owner in _owners(document):
        if _config(document, owner).prefix is None:
            for _, target in _members(owner):
                found.append(EnvPattern("", text_of(target).upper(), span_of(target)))
    return found


def _owners(document: Document) -> list[Node]:
    return [owner for owner in tree.find_all(document, Kind.CLASS) if is_settings(document, owner)]


def _settings(document: Document) -> frozenset[str]:
    """The names of the document's settings classes."""
    found: set[str] = set()
    if b"Settings" not in document.data:
        return frozenset()
    for owner in tree.find_all(document, Kind.CLASS):
        bases = [calls.last_name(base) for base in classes.bases(document, owner)]
        body = text_of(owner.child_by_field_name("body"))
        is_own = any(base == _BASE or base in found for base in bases)
        # A base of another module: told by its name, and by the class's own configuration.
        is_other = any(base.endswith("Settings") for base in bases) and "SettingsConfigDict" in body
        if is_own or is_other or any(base.endswith(_BASE) for base in bases):
            found.add(text_of(owner.child_by_field_name("name")))
    return frozenset(found)


def _fields(document: Document, owner: Node) -> Iterator[EnvUse]:
    config = _config(document, owner)
    for assignment, target in _members(owner):
        default = assignment.child_by_field_name("right")
        aliases = _aliases(default)
        is_required = _is_required(default)
        kind = Default.NONE if is_required else _default(default)
        if config.prefix is None and not aliases:
            continue
        field = f"{config.prefix}{text_of(target)}".upper()
        names = aliases or (_FieldNames((field,), span_of(target)),)
        model = _model(document, assignment)
        if model is not None:
            yield from _nested(document, model, field, config.delimiter, 0)
            continue
        every = [name for one in names for name in one.names]
        for at, (name, span) in enumerate((name, one.span) for one in names for name in one.names):
            rest = tuple(other for other in every if other != name)
            is_first = at == 0
            yield EnvUse(name, span, is_required and is_first, kind if is_first else Default.EMPTY, rest)


def _nested(document: Document, model: Node, before: str, delimiter: str, depth: int) -> Iterator[EnvUse]:
    """What the fields of a model within a settings class read: `PREFIX__FIELD`."""
    if not delimiter or depth > _DEEPEST:
        return
    for assignment, target in _members(model):
        name = f"{before}{delimiter}{text_of(target)}".upper()
        inner = _model(document, assignment)
        if inner is not None:
            yield from _nested(document, inner, name, delimiter, depth + 1)
        else:
            default = assignment.child_by_field_name("right")
            kind = Default.EMPTY if _is_required(default) else _default(default)
            yield EnvUse(name, span_of(target), default=kind)


def _members(owner: Node) -> Iterator[tuple[Node, Node]]:
    """The annotated names of a class, which are its fields, with the assignment of each."""
    for statement in tree.items(owner.child_by_field_name("body")):
        done = statements.expression(statement)
        name = statements.assigned_name(done)
        annotation = text_of(done.child_by_field_name("type")) if done is not None else ""
        if done is None or name is None or not annotation or name in _CONFIGS or name.startswith("_"):
            continue
        target = done.child_by_field_name("left")
        if target is not None and "ClassVar" not in annotation:
            yield done, target


def _model(document: Document, assignment: Node) -> Node | None:
    """The class of the document that is a field's type, whose own fields read names."""
    annotation = assignment.child_by_field_name("type")
    known = document.memo(_classes)
    names = [text_of(node) for node in walk(annotation) if is_a(node, Kind.IDENTIFIER)] if annotation else []
    return next((known[name] for name in names if name in known), None)


def _classes(document: Document) -> dict[str, Node]:
    """The models of a document by name; without enumerations."""
    return {
        text_of(owner.child_by_field_name("name")): owner
        for owner in tree.find_all(document, Kind.CLASS)
        if any(calls.last_name(base).endswith(("BaseModel", "Settings")) for base in classes.bases(document, owner))
    }


def _config(document: Document, owner: Node) -> _Config:
    """The prefix and the delimiter of a class; those of a base in the document where it has none."""
    found = dict(_options(owner))
    delimiter = folding.string_value(found.get("env_nested_delimiter")) or ""
    if "env_prefix" in found:
        return _Config(folding.string_value(found["env_prefix"]), delimiter)
    known = document.memo(_classes)
    for base in classes.bases(document, owner):
        above = known.get(calls.last_name(base))
        if above is not None and above.start_byte < owner.start_byte:
            inherited = _config(document, above)
            return _Config(inherited.prefix, delimiter or inherited.delimiter)
    return _Config("", delimiter)


def _options(owner: Node) -> Iterator[tuple[str, Node | None]]:
    """The options of a class by name: of its `model_config`, a dictionary or a call, and of its class `Config`."""
    for statement in tree.items(owner.child_by_field_name("body")):
        done = statements.expression(statement)
        if statements.assigned_name(done) == "model_config" and done is not None:
            right = done.child_by_field_name("right")
            for pair in tree.items(right) if is_a(right, Kind.DICTIONARY) else ():
                key = pair.child_by_field_name("key") if is_a(pair, Kind.PAIR) else None
                yield folding.string_value(key) or "", pair.child_by_field_name("value")
            for given in calls.arguments(right) if right is not None and not is_a(right, Kind.DICTIONARY) else ():
                yield calls.keyword_of(given) or "", given.child_by_field_name("value")
        elif is_a(statement, Kind.CLASS) and text_of(statement.child_by_field_name("name")) == "Config":
            for inner in tree.items(statement.child_by_field_name("body")):
                line = statements.expression(inner)
                yield statements.assigned_name(line) or "", line.child_by_field_name("right") if line else None


def _aliases(default: Node | None) -> tuple[_FieldNames, ...]:
    """The names that `Field(alias=…)` gives a field in place of its own."""
    if not is_a(default, Kind.CALL) or calls.last_name(dotted(default)) != "Field":
        return ()
    for keyword in _ALIASES:
        value = calls.keyword(default, keyword)
        if value is None:
            continue
        parts = calls.arguments(value) if is_a(value, Kind.CALL) else tree.items(value)
        found = [_FieldNames((text.upper(),), _body(part)) for part in parts or [value] if (text := _text(part))]
        if not found and (text := _text(value)):
            found = [_FieldNames((text.upper(),), _body(value))]
        if found:
            return tuple(found)
    return ()


def _text(node: Node) -> str | None:
    return folding.string_value(node)


def _body(node: Node) -> Span:
    string = strings.literal(node)
    return string.body if string is not None else span_of(node)


def _is_required(default: Node | None) -> bool:
    """Whether a field has no default: nothing is assigned, or `...`."""
    if default is None or text_of(default) == "...":
        return True
    if not is_a(default, Kind.CALL) or calls.last_name(dotted(default)) != "Field":
        return False
    first = calls.arguments(default)[:1]
    if first and not is_a(first[0], Kind.KEYWORD_ARGUMENT):
        return text_of(first[0]) == "..."
    return calls.keyword(default, "default") is None and calls.keyword(default, "default_factory") is None


def _default(default: Node | None) -> Default:
    """The default of a field that has one."""
    if is_a(default, Kind.CALL) and calls.last_name(dotted(default)) == "Field":
        default = calls.argument(default, 0, "default")
    elif is_a(default, Kind.CALL) and calls.last_name(dotted(default)) in ("SecretStr", "Path", "HttpUrl"):
        default = calls.argument(default, 0)
    return defaults.of(default) if default is not None else Default.EMPTY
