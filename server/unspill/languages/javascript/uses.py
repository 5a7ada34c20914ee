"""The names that JavaScript and TypeScript read from the environment and write to it.

A file is parsed only if it mentions an environment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import budget, syntax
from unspill.languages.javascript import defaults, nodes, values
from unspill.model import Default, EnvHelper, EnvPattern, EnvUse, EnvUses
from unspill.syntax import span_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

    from unspill.document import Document

_MAY_USE = re.compile(rb"\benv\b|\$env/|loadEnv|[cC]onfigService|cleanEnv|createEnv|openai|anthropic|groq|@ai-sdk")
_ENVIRONMENTS = frozenset(["process.env", "import.meta.env", "Bun.env", "globalThis.process.env"])
_OWNERS = ("process", "import.meta", "globalThis.process")
_BUILT_IN = frozenset(["MODE", "DEV", "PROD", "SSR", "BASE_URL", "SITE", "ASSETS_PREFIX"])
"""What Vite and Astro set in `import.meta.env` themselves."""
_METHODS = frozenset("hasOwnProperty toString toObject keys entries values get has set".split())
_GETTERS = re.compile(
    r"(?:Deno|Netlify)\.env\.get\Z|(?:\A|\.)(?:config|configService|env)\.(?:get|getOrThrow|required)\Z"
)
"""Calls that take a name: Deno's, NestJS's, env-var's."""
_OWN_GETTERS = ("Deno.", "Netlify.")
_WHOLE = re.compile(r"\bObject\.(?:keys|entries|values|fromEntries)\Z")
_SCHEMAS = frozenset(["cleanEnv", "createEnv", "envsafe", "defineEnv"])
"""Calls whose objects have a key for each name: envalid, t3-env, envsafe."""
_PARSES = re.compile(rb"arse(?:Async)?\(\s*(?:process\.env|import\.meta\.env)\s*\)")
_HAS_DEFAULT = re.compile(r"\.(?:optional|nullish|default|catch|prefault)\(|\b(?:default|devDefault):")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_UPPER = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_ASSIGNMENTS = ("assignment_expression", "augmented_assignment_expression")
_TYPES = (
    "member_expression", "subscript_expression", "variable_declarator", "call_expression", "binary_expression",
    "import_statement", "new_expression",
)  # fmt: skip
CLIENTS = {
    ("openai", "OpenAI"): "OPENAI_API_KEY",
    ("@anthropic-ai/sdk", "Anthropic"): "ANTHROPIC_API_KEY",
    ("groq-sdk", "Groq"): "GROQ_API_KEY",
    ("@langchain/openai", "ChatOpenAI"): "OPENAI_API_KEY",
    ("@langchain/openai", "OpenAIEmbeddings"): "OPENAI_API_KEY",
    ("@langchain/anthropic", "ChatAnthropic"): "ANTHROPIC_API_KEY",
    ("@ai-sdk/openai", "openai"): "OPENAI_API_KEY",
    ("@ai-sdk/anthropic", "anthropic"): "ANTHROPIC_API_KEY",
    ("@ai-sdk/google", "google"): "GOOGLE_GENERATIVE_AI_API_KEY",
    ("@ai-sdk/groq", "groq"): "GROQ_API_KEY",
}
"""The names that clients read by themselves, by package and import."""
_GIVES = re.compile(r"\b(?:apiKey|authToken|openAIApiKey|anthropicApiKey)\b|\.\.\.")


def env_uses(document: Document) -> EnvUses:
    """The names that the document reads and writes. Raises UnparsedError."""
    if not _MAY_USE.search(document.data):
        return EnvUses()
    found = _JavaScript(document)
    found.collect()
    return found.uses()


def helped(document: Document, helpers: Iterable[EnvHelper]) -> EnvUses:
    """What the document reads by functions that other documents define, and it imports. Raises UnparsedError."""
    found = _JavaScript(document)
    by_name = {helper.function: helper for helper in helpers if not helper.is_method}
    for call in nodes.find_all(document, "call_expression"):
        helper = by_name.get(text_of(call.child_by_field_name("function")))
        if helper is not None and helper.function in found.imported:
            found.read(nodes.argument(call, helper.position), call, helper.default, required=helper.required)
    return found.uses()


class _JavaScript:
    """What a document reads and writes."""

    def __init__(self, document: Document) -> None:
        self.imported: dict[str, tuple[str, str]] = {}
        """By local name: the module, and the name there."""
        self._document = document
        self._nodes = nodes.find_all(document, *_TYPES)
        self._aliases: set[str] = set()
        self._reads: list[EnvUse] = []
        self._writes: list[EnvUse] = []
        self._implicit: list[EnvUse] = []
        self._patterns: list[EnvPattern] = []
        self._helpers: list[EnvHelper] = []
        self._bind()

    def uses(self) -> EnvUses:
        """All that was found, in order of the text."""
        return EnvUses(
            tuple(sorted(dict.fromkeys(self._reads), key=lambda use: use.span)),
            tuple(self._writes),
            implicit=tuple(self._implicit),
            patterns=tuple(dict.fromkeys(self._patterns)),
            helpers=tuple(dict.fromkeys(self._helpers)),
        )

    def collect(self) -> None:
        """Find all of them."""
        for node in self._nodes:
            if node.type == "member_expression" and self._is_environment(node.child_by_field_name("object")):
                self._member(node)
            elif node.type == "subscript_expression" and self._is_environment(node.child_by_field_name("object")):
                self._used(node.child_by_field_name("index"), node)
            elif node.type == "variable_declarator" and self._is_environment(node.child_by_field_name("value")):
                self._destructured(node.child_by_field_name("name"))
            elif node.type == "binary_expression" and nodes.operator(node) == "in":
                if self._is_environment(node.child_by_field_name("right")):
                    self.read(node.child_by_field_name("left"), node, Default.EMPTY)
            elif node.type in ("call_expression", "new_expression"):
                self._call(node)
            elif node.type == "import_statement":
                self._static(node)

    def read(self, key: Node | None, node: Node, default: Default = Default.NONE, *, required: bool = False) -> None:
        """Add what the expression `node` reads by `key`."""
        if default is Default.NONE:
            default = self._around(node)
        above = nodes.parent(self._document, node)
        is_sure = above is not None and above.type == "non_null_expression"
        if key is None:
            return
        found = values.possible(self._document, key)
        budget.spend(self._document, len(found.texts))
        self._patterns += found.patterns
        self._helpers += [one._replace(required=required, default=default) for one in found.helpers]
        for name, span in found.texts:
            if _NAME.match(name):
                others = tuple(other for other in self._others(node) if other not in (name, ""))
                is_required = default is Default.NONE and (required or is_sure)
                self._reads.append(EnvUse(name, span, is_required, default, others))

    def _bind(self) -> None:
        """Note imports, and the names that the environment has here."""
        for node in self._nodes:
            if node.type == "import_statement":
                module = nodes.unquoted(node.child_by_field_name("source"))
                is_environment = module in ("process", "node:process") or module.startswith("$env/dynamic")
                self.imported.update((local, (module, name)) for local, name in nodes.specifiers(node))
                self._aliases.update(
                    local for local, name in nodes.specifiers(node) if is_environment and name == "env"
                )
            elif node.type == "variable_declarator":
                name, value = node.child_by_field_name("name"), nodes.inner(node.child_by_field_name("value"))
                is_loaded = value is not None and text_of(value.child_by_field_name("function")) == "loadEnv"
                if name is None:
                    continue
                if name.type == "identifier" and (nodes.plain(value) in _ENVIRONMENTS or is_loaded):
                    self._aliases.add(text_of(name))
                elif nodes.plain(value) in _OWNERS:
                    self._aliases.update(one.variable for one in nodes.fields(name) if text_of(one.key) == "env")

    def _is_environment(self, node: Node | None) -> bool:
        node = nodes.inner(node)
        return node is not None and (nodes.plain(node) in _ENVIRONMENTS or text_of(node) in self._aliases)

    def _member(self, node: Node) -> None:
        name = node.child_by_field_name("property")
        is_vite = nodes.plain(node.child_by_field_name("object")) == "import.meta.env"
        if name is not None and text_of(name) not in _METHODS and not (is_vite and text_of(name) in _BUILT_IN):
            self._used(name, node)

    def _used(self, key: Node | None, node: Node) -> None:
        """A name of the environment that is read, or assigned to."""
        above = nodes.parent(self._document, node)
        if key is None or above is None or (above.type == "unary_expression" and nodes.operator(above) == "delete"):
            return
        if above.type not in _ASSIGNMENTS or above.child_by_field_name("left") != node:
            self.read(key, node)
            return
        if above.type == "augmented_assignment_expression":
            self.read(key, node, Default.TEXT)
        right = above.child_by_field_name("right")
        own = set(self._names_in(right)) if right is not None else set()
        texts = values.possible(self._document, key).texts
        self._writes += [EnvUse(name, span, given=name in own) for name, span in texts if _NAME.match(name)]

    def _destructured(self, pattern: Node | None) -> None:
        for key, _, default in nodes.fields(pattern) if pattern is not None else ():
            if _NAME.match(text_of(key)):
                kind = Default.NONE if default is None else defaults.of(default)
                self._reads.append(EnvUse(text_of(key), span_of(key), default=kind))

    def _call(self, node: Node) -> None:
        callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        name, given = nodes.plain(callee), nodes.arguments(node)
        if _GETTERS.search(name) and given:
            if name.startswith(_OWN_GETTERS) or _UPPER.match(nodes.unquoted(given[0])):
                default = defaults.of(given[1]) if len(given) > 1 else Default.NONE
                self.read(given[0], node, default, required=name.endswith(("OrThrow", "required")))
        elif _WHOLE.search(name) and given and self._is_environment(given[0]):
            self._patterns.append(EnvPattern("", "", span_of(given[0])))
        elif name in _SCHEMAS or (name.endswith(".object") and _PARSES.search(self._document.data)):
            for value in given:
                self._schema(value)
        elif callee is not None and name in self.imported:
            client = CLIENTS.get(self.imported[name])
            is_plain = all(one.type in ("string", "object") and not _GIVES.search(text_of(one)) for one in given)
            if client is not None and is_plain:
                self._implicit.append(EnvUse(client, span_of(callee)))

    def _schema(self, node: Node, depth: int = 0) -> None:
        """The names that a schema has as keys: those of `server`, `client` and `shared` in t3-env's."""
        for pair in node.named_children if node.type == "object" else ():
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if key is None or value is None:
                continue
            if value.type == "object" and depth == 0 and text_of(key) in ("server", "client", "shared"):
                self._schema(value, 1)
            elif _UPPER.match(text_of(key)):
                default = Default.EMPTY if _HAS_DEFAULT.search(text_of(value)) else Default.NONE
                self._reads.append(EnvUse(text_of(key), span_of(key), default is Default.NONE, default))

    def _static(self, node: Node) -> None:
        """`import { NAME } from "$env/static/private"`."""
        if nodes.unquoted(node.child_by_field_name("source")).startswith("$env/static"):
            for specifier in nodes.find_all(self._document, "import_specifier", below=node):
                name = specifier.child_by_field_name("name")
                if name is not None:
                    self._reads.append(EnvUse(text_of(name), span_of(name), required=True))

    def _others(self, node: Node) -> Iterator[str]:
        """The names that would do instead: the rest of an `||`."""
        top, above = node, nodes.parent(self._document, node)
        while above is not None and (above.type in nodes.PASSING or nodes.operator(above) in defaults.OR):
            top, above = above, nodes.parent(self._document, above)
        if top is not node:
            budget.spend(self._document, top.end_byte - top.start_byte)
            yield from self._names_in(top)

    def _around(self, node: Node) -> Default:
        """What the code around a read falls back on; of a variable, what is done with it first."""
        decided = defaults.around(self._document, node, self._has_read)
        above = nodes.parent(self._document, node)
        name = above.child_by_field_name("name") if above is not None and above.type == "variable_declarator" else None
        if decided is None and name is not None and name.type == "identifier":
            uses = [use for use in nodes.identifiers(self._document).get(text_of(name), ()) if use != name]
            found = (
                defaults.around(self._document, use, self._has_read)
                for use in uses
                if above in nodes.bindings(self._document, use)
            )
            decided = next((one for one in found if one is not None), None)
        return Default.NONE if decided is None else decided

    def _has_read(self, node: Node) -> bool:
        return any(True for _ in self._names_in(node))

    def _names_in(self, node: Node) -> Iterator[str]:
        """The constant names that an expression reads."""
        for child in syntax.walk(node):
            if child.type == "member_expression" and self._is_environment(child.child_by_field_name("object")):
                yield text_of(child.child_by_field_name("property"))
            elif child.type == "subscript_expression" and self._is_environment(child.child_by_field_name("object")):
                yield nodes.unquoted(child.child_by_field_name("index"))
