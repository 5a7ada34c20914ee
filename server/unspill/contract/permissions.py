"""What a Space's token for the Hub is needed for: the narrowest permissions of a fine-grained token.

From the calls that the program of a Space can reach. A statement is made only if every read of the token, and every
call of a library that may use it, is known (`hub_calls.py`); in doubt there is none. The names of permissions and the
parameters of the link are those of huggingface.co/docs/hub/security-tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

from unspill import languages, syntax
from unspill.budget import OverBudgetError
from unspill.contract import hub_calls
from unspill.contract.hub_calls import INFER, INFER_ENDPOINT, NOTHING, READ, UNKNOWN, WRITE
from unspill.contract.program import program
from unspill.errors import UserError
from unspill.semantics.python import calls, folding, modules, scopes, statements, tree, values
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.names import dotted, occurrences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

    from unspill.contract.names import AppName
    from unspill.document import Document
    from unspill.model import Tree
    from unspill.space import Space

TOKEN = "HF_TOKEN"  # noqa: S105
"""The name that the Hub's libraries read."""
_APP = "app.py"
_PAGE = "https://huggingface.co/settings/tokens/new"
_SHOWN = {
    INFER: "make calls to Inference Providers",
    INFER_ENDPOINT: "make calls to your Inference Endpoints",
}
_TESTS = (Kind.NOT_OPERATOR, Kind.IF, Kind.ELIF, Kind.WHILE, Kind.ASSERT, Kind.COMPARISON)
_DEEPEST = 5
"""Assignments from one name to another."""


class TokenNeeds(NamedTuple):
    """What a token has to be able to do."""

    permissions: tuple[str, ...]
    """For the user's own account, by the Hub's names: `inference.serverless.write`, `discussion.write`, …"""
    reads: bool
    """Whether repositories are read: public ones without any token, gated and private ones with one that may."""
    writes: bool
    """Whether repositories are written to, each of which is to be chosen on the page: `repo.write`."""

    @property
    def link(self) -> str:
        """The page that creates such a token, filled in as far as an address can: repositories are chosen there."""
        chosen = [("tokenType", "fineGrained"), *(("ownUserPermissions", one) for one in self.permissions)]
        return f"{_PAGE}?{urlencode(chosen)}"

    @property
    def text(self) -> str:
        """All of it, as one sentence without its full stop, and without the link."""
        parts = [f"`{one}` ({_SHOWN[one]})" if one in _SHOWN else f"`{one}`" for one in self.permissions]
        if self.writes:
            parts.append("`repo.write` on the repositories that the app writes to, and on no others")
        if not parts:
            return "no token is needed for public repositories; for gated or private ones, read access to these alone"
        # Libraries that nobody has listed read repositories, too.
        return (
            f"a fine-grained token with {', and '.join(parts)}; and read access to what it loads, if gated or private"
        )


def needs(tree_: Tree, home: Space, names: Iterable[AppName]) -> TokenNeeds | None:
    """What the token `HF_TOKEN` of a Space is needed for; None if it has none, or that is not certain."""
    found = {one.name: one for one in names}
    own = found.get(TOKEN)
    if own is None or not home.sdk or any(name in found and found[name].read for name in hub_calls.OTHER_NAMES):
        return None
    documents = [document for _, document in program(tree_, home.path(_entry(tree_, home))).documents]
    paths = {document.path for document in documents}
    elsewhere = (place.document for place in (*own.read, *own.written) if place.document.path not in paths)
    if any(document.language != "dotenv" for document in elsewhere):
        return None
    try:
        effects = _effects(documents)
    except (UserError, syntax.UnparsedError, OverBudgetError):
        return None
    if not effects or UNKNOWN in effects:
        return None
    return TokenNeeds(tuple(sorted(effects - {READ, WRITE})), READ in effects, WRITE in effects)


def _entry(tree_: Tree, home: Space) -> str:
    """The program of a Space; "" if that is not certain: an image starts what it likes."""
    if home.app_file or home.sdk != "docker":
        return home.app_file or _APP
    image = tree_.read(home.path("Dockerfile")) or b""
    return _APP if any(word in image for word in (b"app.py", b"app:")) else ""


def _effects(documents: Iterable[Document]) -> set[str]:
    """What the calls of a program need. Raises UnparsedError and OverBudgetError."""
    parts = [_Effects(document) for document in documents]
    effects = {effect for part in parts for effect in part.all()} - {NOTHING}
    shared = {name for part in parts for name in part.shared}
    return {*effects, UNKNOWN} if any(part.mentions(shared) for part in parts) else effects


class _Effects:
    """What the calls of one document need of the token."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.shared: set[str] = set()
        """The names that have the token here, which other documents may import."""
        self._takers: set[int] = set()
        """The calls that are given the token, by the ids of their nodes."""

    def mentions(self, names: Iterable[str]) -> bool:
        """Whether the document has one of these names that is not its own."""
        return any(next(occurrences(self._document, name), None) for name in names if name not in self.shared)

    def all(self) -> Iterator[str]:
        """One for each call that may use the token, and for each read of it."""
        if any(map(_is_opaque, modules.imported(self._document))):
            yield UNKNOWN
        for use in languages.env_uses(self._document).reads:
            if use.name == TOKEN and not self._is_explained(folding.expression_at(self._document, use.span)):
                yield UNKNOWN
        for made in calls.by_name(self._document).values():
            yield from map(self._effect, made)

    def _effect(self, call: Node) -> str:
        name = self._name(call)
        row = hub_calls.row_of(name)
        keywords = {calls.keyword_of(one) or "" for one in calls.arguments(call)}
        if row is None:
            return hub_calls.otherwise(name, keywords)
        if row == hub_calls.CLIENT:
            is_given = not hub_calls.TOKEN_KEYWORDS.isdisjoint(keywords)
            if (is_given and call.id not in self._takers) or not hub_calls.PAYER.isdisjoint(keywords):
                return UNKNOWN
            if not is_given and name.startswith("openai."):
                return NOTHING if "base_url" not in keywords else UNKNOWN
        if row in (hub_calls.CLIENT, hub_calls.LOADED):
            return self._by_target(call, row)
        return UNKNOWN if row == WRITE and "create_pr" in keywords else row

    def _name(self, call: Node) -> str:
        """The qualified name of a callee; of a method, with the call that made its object in place of a variable."""
        name = calls.callee(self._document, call)
        function = call.child_by_field_name("function")
        first = dotted(function).partition(".")[0]
        bound = scopes.bindings(self._document, call, first) if first and name.startswith(f"{first}.") else []
        if len(bound) == 1 and not bound[0].meaning:
            made = statements.assigned_value(self._document, bound[0].node)
            if made is not None and is_a(made, Kind.CALL):
                return calls.callee(self._document, made) + name.removeprefix(first)
        return name

    def _by_target(self, call: Node, row: str) -> str:
        """What a client needs, by the address or the model that it is made for."""
        keys = ("base_url", "model", "api_base", "endpoint_url") if row == hub_calls.CLIENT else ("name",)
        targets = [calls.argument(call, 0, keys[-1])] if row == hub_calls.LOADED else []
        targets += [calls.keyword(call, key) for key in keys]
        if row == hub_calls.CLIENT and calls.last_name(self._name(call)) in hub_calls.MODEL_FIRST:
            targets.append(calls.argument(call, 0, "model"))
        texts: list[str] = []
        for target in targets:
            if target is not None:
                possible = values.possible(self._document, target)
                if possible.patterns or possible.parameters or not possible.texts:
                    return UNKNOWN
                texts += [text.value for text in possible.texts]
        found = {_of_target(text, row) for text in texts} or {hub_calls.without_target(self._name(call))}
        return found.pop() if len(found) == 1 else UNKNOWN

    # Where the token goes

    def _is_explained(self, constant: Node | None) -> bool:
        """Whether all that a read of the token is given to is known."""
        read = constant and tree.enclosing(self._document, constant, Kind.CALL, Kind.SUBSCRIPT)
        return read is not None and self._is_known_use(read, 0)

    def _is_known_use(self, node: Node, depth: int) -> bool:
        above = tree.parent(self._document, node)
        while is_a(above, Kind.PARENTHESES, Kind.BOOLEAN_OPERATOR):
            node, above = above, tree.parent(self._document, above)
        if above is None or depth > _DEEPEST:
            return False
        if is_a(above, *_TESTS, Kind.EXPRESSION_STATEMENT):
            return True
        if is_a(above, Kind.KEYWORD_ARGUMENT):
            call = tree.enclosing(self._document, above, Kind.CALL)
            return call is not None and self._takes(call, calls.keyword_of(above) or "")
        if is_a(above, Kind.ARGUMENTS):
            call = tree.parent(self._document, above)
            return call is not None and calls.last_name(self._name(call)) in hub_calls.TOKEN_FIRST and self._takes(call)
        if is_a(above, Kind.ASSIGNMENT) and (name := statements.assigned_name(above)):
            left = above.child_by_field_name("left") or above
            self.shared.add(name)
            uses = (use for use in scopes.uses(self._document, left, name) if use.id != left.id)
            return all(self._is_known_use(use, depth + 1) for use in uses)
        return False

    def _takes(self, call: Node, keyword: str = "token") -> bool:
        """Whether a call takes the token, and its effect is known."""
        self._takers.add(call.id)
        return keyword in hub_calls.TOKEN_KEYWORDS and hub_calls.row_of(self._name(call)) is not None


def _is_opaque(module: str) -> bool:
    """Whether a module may use the token in ways that its calls do not tell."""
    return any(f"{module}.".startswith(f"{one}.") for one in hub_calls.OPAQUE)


def _of_target(target: str, row: str) -> str:
    """What a client of an address or a model needs."""
    if row == hub_calls.LOADED:
        kind = target.partition("/")[0]
        return {"models": INFER, "huggingface": INFER, "spaces": READ}.get(kind, UNKNOWN)
    if "://" not in target:
        return INFER
    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        return UNKNOWN
    if host in ("router.huggingface.co", "api-inference.huggingface.co"):
        return INFER
    return INFER_ENDPOINT if host.endswith(".endpoints.huggingface.cloud") else UNKNOWN
