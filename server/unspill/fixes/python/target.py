"""The target of a Python fix: the expression that evaluates to the secret, or a part of a string."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.languages.python.sites import place
from unspill.model import Secret, Span
from unspill.semantics.python import folding, scopes, strings, tree
from unspill.semantics.python.kinds import Kind, is_a
from unspill.semantics.python.scopes import Visibility
from unspill.sites import EnvAssignment, EnvDefault, UrlUserinfo
from unspill.space import urls
from unspill.syntax import text_of

if TYPE_CHECKING:
    from typing import TypeGuard

    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_PEM = "-----BEGIN "


class Target(NamedTuple):
    """`node` is the expression to replace, or the string around `part` (None: all of it)."""

    node: Node
    secret: Secret
    """The value for the environment: the one that the program computes, not its source."""
    name: str
    part: Span | None = None
    template: str = "{}"
    """The replacement, with `{}` for the expression that reads the name."""
    imports: tuple[str, ...] = ()


def find(document: Document, finding: Finding, project: Project) -> Target | None:
    """The target of a finding; None if its span is not in a string that can be replaced."""
    node = folding.expression_at(document, finding.span)
    if node is None or finding.secret is None or tree.is_broken(document, node):
        return None
    return (
        _service_account(document, node, project)
        or _env_value(document, finding, node, project)
        or _whole_url(document, finding, node, project)
        or _whole(document, finding, finding.secret, node, project)
        or _part(document, finding, finding.secret, node, project)
    )


def _named(finding: Finding, secret: Secret, project: Project) -> str:
    """The secret's name: the finding's own unless the stored value is another one."""
    own = project.names.of(finding)
    return own if secret == finding.secret else project.names.name(secret, own)


def _whole(document: Document, finding: Finding, secret: Secret, node: Node, project: Project) -> Target | None:
    """The smallest expression whose value is the secret, else a string that is exactly the finding's span."""
    value = secret.reveal()
    constants = _constant_expressions(document, node)
    same = [one for one, text in constants if text == value]
    # Of `b64decode("…")` and `b64decode("…").decode()`, the program uses the text.
    expression = next((one for one in same if isinstance(folding.fold(one), str)), same[0] if same else None)
    if expression is None and value.startswith(_PEM):
        # Readers of a key ignore the whitespace around it.
        expression = next((one for one, text in constants if text.strip() == value.strip()), None)
    if expression is None and constants:
        string = strings.literal(node)
        if string is None or string.body != finding.span:
            return None
        expression, text = constants[0]
        secret = Secret(text)
    if expression is None or not tree.same(strings.group(expression), expression):
        return None
    template = "{}"
    if isinstance(folding.fold(expression), bytes):
        template = "{}.encode()"
    elif value.startswith(_PEM) and "\n" in value:
        # Settings pages and one-line files store a key's line endings as \\n.
        template = '{}.replace("\\\\n", "\\n")'
    return Target(expression, secret, _named(finding, secret, project), template=template)


def _constant_expressions(document: Document, node: Node) -> list[tuple[Node, str]]:
    """The constant expressions around a string, innermost first, and their values."""
    found = []
    for expression, folded in folding.around(document, node):
        value = folded.value if folded is not None else None
        if isinstance(value, bytes):
            value = value.decode("utf-8", "surrogateescape")
        if value is not None:
            found.append((expression, value))
        elif not folding.is_glue(expression):
            break
    return found


def _part(document: Document, finding: Finding, secret: Secret, node: Node, project: Project) -> Target | None:
    string = strings.literal(node)
    if string is None:
        value = folding.fold(node)
        if not isinstance(value, str) or secret.reveal() not in value:
            return None
        return Target(node, secret, _named(finding, secret, project), part=finding.span)
    if not string.body.contains(finding.span):
        return None
    # The value in the program, which may differ from what the finding decoded.
    text = document.text(finding.span)
    if "\\" in text and "r" not in string.prefix:
        try:
            text = str(ast.literal_eval(string.quote + text + string.quote))
        except (SyntaxError, ValueError):
            return None
    secret = Secret(text)
    template = "{}.encode()" if string.is_bytes else "{}"
    return Target(node, secret, _named(finding, secret, project), finding.span, template)


def _whole_url(document: Document, finding: Finding, node: Node, project: Project) -> Target | None:
    """A database's URL is one secret: a password alone would have to be percent-encoded again."""
    found = urls.split(document, finding) if isinstance(finding.site, UrlUserinfo) else None
    if found is None or found.whole is None or found.whole.secret is None:
        return None
    return Target(strings.group(node), found.whole.secret, project.names.of(found.whole))


def _env_value(document: Document, finding: Finding, node: Node, project: Project) -> Target | None:
    """The whole value of an environment write or default: only then can the write or default be deleted."""
    where = place(document, node)
    if not isinstance(where.site, (EnvAssignment, EnvDefault)) or where.site.name is None:
        return None
    value = folding.fold(where.node)
    if not isinstance(value, str):
        return None
    secret = Secret(value)
    if secret == finding.secret:
        return None
    return Target(where.node, secret, project.names.name(secret, where.site.name, *finding.env))


def _service_account(document: Document, node: Node, project: Project) -> Target | None:
    """A Google service account is one secret: the whole JSON, as a dictionary or a string."""
    dictionary = tree.enclosing(document, node, Kind.DICTIONARY, Kind.MODULE)
    if is_a(dictionary, Kind.DICTIONARY):
        account = document.memo(_account, dictionary)
        seen = scopes.visibility(document, node, "json", "json")
        if account is not None and seen is not Visibility.SHADOWED:
            imports = ("import json",) if seen is Visibility.UNBOUND else ()
            secret = Secret(json.dumps(account))
            name = project.names.name(secret, "GOOGLE_SERVICE_ACCOUNT_JSON")
            return Target(dictionary, secret, name, template="json.loads({})", imports=imports)
    expression = strings.group(node)
    value = folding.fold(expression) if document.memo(_account, expression) is not None else None
    if not isinstance(value, str):
        return None
    return Target(expression, Secret(value), project.names.name(Secret(value), "GOOGLE_SERVICE_ACCOUNT_JSON"))


def _account(_document: Document, expression: Node) -> dict[str, Any] | None:
    """The service account that a dictionary, or a constant string, is; else None."""
    is_dictionary = is_a(expression, Kind.DICTIONARY)
    source = text_of(expression) if is_dictionary else folding.fold(expression)
    if not isinstance(source, str) or "service_account" not in source:
        return None
    try:
        value: object = ast.literal_eval(source) if is_dictionary else json.loads(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return value if _is_service_account(value) else None


def _is_service_account(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and value.get("type") == "service_account" and "private_key" in value
