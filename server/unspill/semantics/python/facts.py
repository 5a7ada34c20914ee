"""What a function, class or module does with values: expressions and bindings, without a syntax tree.

Spans are bytes relative to the start of the unit (the outermost function that is kept, or the module), so that the
facts of a function stay valid wherever its text moves to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from unspill.model import Span

Key: TypeAlias = "str | int | None"
"""The key or index of an element; None for any element of a sequence, and for a key that is not known."""


END = 1 << 60
"""The order of what is evaluated after everything in a unit."""


class ConstantValue(NamedTuple):
    """A constant; its text if it is a string, else None."""

    at: Span
    text: str | None = None
    is_true: bool = False
    """Whether it is `True`."""


class Unknowable(NamedTuple):
    """An expression whose value is not followed: a comparison, a slice, a comprehension."""

    at: Span


class NameRead(NamedTuple):
    """The value of a name."""

    at: Span
    name: str
    order: int
    """When it is evaluated, among the bindings of its unit."""
    blocks: Blocks


class AttributeRead(NamedTuple):
    """`owner.name`."""

    at: Span
    owner: Expression
    name: str


class ItemRead(NamedTuple):
    """`owner[key]`."""

    at: Span
    owner: Expression
    key: Key
    name: Expression | None = None
    """What the key is, if it is no constant by itself."""


class Given(NamedTuple):
    """An argument of a call: positional if `keyword` is "", unpacked if it is "*" or "**"."""

    keyword: str
    value: Expression


class Invocation(NamedTuple):
    """A call."""

    at: Span
    callee: Expression
    given: tuple[Given, ...]
    is_swallowed: bool = False
    """Whether an exception of it is caught by handlers that do nothing with its text."""

    def argument(self, index: int, *keywords: str) -> Expression | None:
        """The value of the argument at `index` (-1: none has an index), or under one of the keywords."""
        positional = [one for one in self.given if one.keyword in ("", "*")]
        if 0 <= index < len(positional) and all(not one.keyword for one in positional[: index + 1]):
            return positional[index].value
        return next((one.value for one in self.given if one.keyword and one.keyword in keywords), None)

    @property
    def is_open(self) -> bool:
        """Whether arguments are unpacked from something else."""
        return any(one.keyword in ("*", "**") for one in self.given)


class Member(NamedTuple):
    """An element of a collection: under a key of a dictionary, or at an index."""

    key: Key
    value: Expression


class Collection(NamedTuple):
    """A dictionary, list, tuple or set as it is written."""

    at: Span
    members: tuple[Member, ...]
    is_mapping: bool = False


class Mixture(NamedTuple):
    """A text that contains the text of each part: an f-string, a sum, a `%`."""

    at: Span
    parts: tuple[Expression, ...]
    constants: tuple[str, ...] = ()
    """Its constant texts."""


class Alternative(NamedTuple):
    """One of several: `a or b`, `a if … else b`."""

    at: Span
    parts: tuple[Expression, ...]


class Anonymous(NamedTuple):
    """A lambda."""

    at: Span
    body: Expression
    names: tuple[str, ...]


Expression: TypeAlias = (
    "ConstantValue | Unknowable | NameRead | AttributeRead | ItemRead | Invocation | Collection | Mixture | Alternative"
    " | Anonymous"
)
Blocks: TypeAlias = "tuple[tuple[int, int], ...]"
"""The blocks around a place, outermost first: the start of the statement, and the number of its branch.

Branches of a statement exclude each other if their numbers differ and neither is 0.
"""


class BoundValue(NamedTuple):
    """A value that a name, or an element of it, is bound to."""

    at: Span
    """The target."""
    value: Expression
    order: int
    blocks: Blocks
    key: Key = ""
    """The element that is assigned: `name["key"] = value`; "" for the name itself."""


class FieldWrite(NamedTuple):
    """`owner.name = value` or `owner[key] = value`."""

    at: Span
    owner: Expression
    key: Key
    is_item: bool
    value: Expression


class Taken(NamedTuple):
    """A parameter of a function."""

    at: Span
    name: str
    annotation: str
    default: Expression | None
    stars: str = ""


class Result(NamedTuple):
    """What a function returns, or yields."""

    at: Span
    value: Expression


class FunctionFacts(NamedTuple):
    """A function, or a module, whose name is ""."""

    name: str
    at: Span
    parameters: tuple[Taken, ...]
    decorators: tuple[Expression, ...]
    bindings: dict[str, tuple[BoundValue, ...]]
    """By name; those of a name that `outer` has are not its own."""
    outer: frozenset[str]
    """The names that it declares `global` or `nonlocal`."""
    writes: tuple[FieldWrite, ...]
    calls: tuple[Invocation, ...]
    results: tuple[Result, ...]
    yields: tuple[Result, ...]
    functions: dict[str, FunctionFacts]
    """Those defined within it, by name; of a module, see `ModuleFacts`."""


class ClassField(NamedTuple):
    """A name in the body of a class: its annotation, and its default."""

    at: Span
    annotation: str
    default: Expression | None


class ClassFacts(NamedTuple):
    """A class of a module; its methods are units of their own."""

    name: str
    bases: tuple[Expression, ...]
    decorators: tuple[Expression, ...]
    fields: dict[str, ClassField]
