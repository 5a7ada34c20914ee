"""Every regular expression of the package, and the texts that a careless one takes long for."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from functools import _lru_cache_wrapper
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import regex
import unspill
from unspill.engine.anchors import sre, sre_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = (re.Pattern, type(regex.compile("")))
ALPHABET = "a \t0A=:\"'`\\(.-/_,#<{$\n;&+"
"""What texts are made of: characters that are special to some language."""
_MOST = 100
"""How often a bounded repeat is spelled out at most."""
_SAMPLES = 12
"""How many texts are made of the body of a repeat."""


class Used(NamedTuple):
    """A regular expression, and whether it is looked for at every place of a text or at its beginning only."""

    pattern: Any
    anywhere: bool


def used() -> dict[str, Used]:
    """The patterns, by module and name or, where they stand in a call, module and text."""
    found: dict[str, Used] = {}
    for info in pkgutil.walk_packages(unspill.__path__, "unspill."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        source = inspect.getsource(module)
        short = info.name.removeprefix("unspill.")
        for name, value in vars(module).items():
            patterns = list(_patterns(value))
            methods = set(re.findall(rf"\b{re.escape(name)}\.(\w+)", source))
            for number, pattern in enumerate(patterns):
                key = f"{short}:{name}" + (f"[{number}]" if len(patterns) > 1 else "")
                found[key] = Used(pattern, not methods or not methods <= {"match", "fullmatch", "pattern"})
        for method, text in _written(Path(str(module.__file__))):
            found[f"{short}:{text!r}"] = Used(re.compile(text), method not in ("match", "fullmatch"))
    return found


def _patterns(value: object) -> Iterator[Any]:
    if isinstance(value, KINDS):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _patterns(one)
    elif isinstance(value, dict):
        yield from _patterns(tuple(value.values()))
    elif isinstance(value, _lru_cache_wrapper):
        made = value.__wrapped__
        if not made.__code__.co_argcount and "Pattern" in str(made.__annotations__.get("return")):
            yield value()


def _written(path: Path) -> Iterator[tuple[str, Any]]:
    """The constant patterns of calls such as `re.search(r"…", text)`, and the function called."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            module, _, method = ast.unparse(node.func).rpartition(".")
            if module == "re" and method not in ("compile", "escape"):
                yield method, node.args[0].value


def pumps(pattern: Any, size: int) -> Iterator[Any]:
    """Texts of some `size` characters: what a repeat of the pattern matches, again and again, and then fails on."""
    is_bytes = isinstance(pattern.pattern, bytes)
    source = pattern.pattern.decode("latin-1") if is_bytes else pattern.pattern
    made = {
        (before, part) for before in ("", "a", "key", 'a="') for part in (*ALPHABET, "a=", 'a="', "\\\\", "a.", "a b")
    }
    try:
        tree: Any = sre_parser.parse(source, pattern.flags & (re.VERBOSE | re.IGNORECASE) if is_bytes else 0)
    except (re.error, OverflowError):  # what only `regex` knows
        tree = []
    made |= {("", part) for part in _several(tree)}
    for befores, body in _repeats(tree, [""]):
        made |= {(before, part) for before in befores for part in _several(body)}
    for before, part in sorted(made):
        if part:
            for after in ("", "\0", "!\n"):
                text = before + part * (size // len(part)) + after
                yield text.encode("latin-1", "replace") if is_bytes else text


def _repeats(items: Any, before: list[str]) -> Iterator[tuple[list[str], Any]]:
    """The repeats of a parsed pattern, each with what may stand before it: as little as possible, or much."""
    for item in items:
        op, value = item
        if _is_repeat(op):
            yield before, value[2]
            yield from _repeats(value[2], before)
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        elif op is sre.SUBPATTERN:
            yield from _repeats(value[3], before)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _repeats(value[1], before)
        before = [before[0] + _text([item], _Least()), before[-1] + _text([item], _Most())]


def _is_repeat(op: Any) -> bool:
    return str(op) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class _Least:
    """The choices that make the shortest text."""

    def times(self, least: int, _most: int) -> int:
        return least

    def one(self, choices: list[Any]) -> Any:
        return choices[0]


class _Most(_Least):
    """The choices that make a long text."""

    def times(self, least: int, most: int) -> int:
        return max(least, min(most, _MOST))

    def one(self, choices: list[Any]) -> Any:
        return choices[-1]


class _Some(_Least):
    """Choices by chance, always the same ones."""

    def __init__(self) -> None:
        self._random = Random(0)

    def times(self, least: int, most: int) -> int:
        return self._random.randint(least, max(least, min(most, 2)))

    def one(self, choices: list[Any]) -> Any:
        return self._random.choice(choices)


def _text(items: Any, choose: _Least) -> str:
    """A text that parsed items match."""
    text = ""
    for op, value in items:
        if op is sre.LITERAL:
            text += chr(value)
        elif _is_repeat(op):
            least, most, body = value
            inner = _Least() if isinstance(choose, _Most) else choose
            text += "".join(_text(body, inner) for _ in range(choose.times(least, int(most))))
        elif op is sre.BRANCH:
            text += _text(choose.one(value[1]), choose)
        elif op is sre.SUBPATTERN:
            text += _text(value[3], choose)
        elif op in (sre.IN, sre.ANY, sre.NOT_LITERAL, sre.CATEGORY):
            text += choose.one(_one(op, value) or [""])
    return text


def _several(body: Any) -> list[str]:
    """Some texts that the body of a repeat matches."""
    if len(body) == 1 and body[0][0] in (sre.IN, sre.ANY, sre.NOT_LITERAL, sre.CATEGORY):
        return _one(*body[0])
    some = _Some()
    return list(dict.fromkeys(_text(body, some) for _ in range(_SAMPLES)))


def _one(op: Any, value: Any) -> list[str]:
    """The characters of the alphabet that a class holds, or one of its own."""
    if op is sre.CATEGORY:
        op, value = sre.IN, [(op, value)]
    compiled = sre_parser.SubPattern(sre_parser.State(), [(op, value)])
    test = _compiled(compiled)
    found = [char for char in ALPHABET if test.match(char)]
    return found or [chr(code) for code in range(33, 256) if test.match(chr(code))][:1]


def _compiled(tree: Any) -> re.Pattern[str]:
    compiler: Any = importlib.import_module("re._compiler" if hasattr(re, "_compiler") else "sre_compile")
    made: re.Pattern[str] = compiler.compile(tree)
    return made
