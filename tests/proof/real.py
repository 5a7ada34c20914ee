"""`python -m tests.proof.real --modules N`: tokens planted in modules of published packages, and moved out again.

The wheels are downloaded into `build/wheels`. A planted module must still compile after the fix, and its syntax tree
must be what it was everywhere but in the statements that an edit touches; comments and docstrings count as text.
"""

from __future__ import annotations

import argparse
import ast
import io
import subprocess
import sys
import tokenize
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from unspill import fixes, languages
from unspill.document import Document, apply_edits, decode
from unspill.fixes import Project
from unspill.scan import Scanner
from unspill.space.names import Names

from tests.helpers import MemoryTree, token

if TYPE_CHECKING:
    from unspill.model import Span

PACKAGES = ("gradio", "transformers", "langchain-community", "streamlit")
BUILD = Path(__file__).parents[2] / "build" / "wheels"
_SMALLEST, _LARGEST = 800, 200_000
_PLANTS = 4
"""How many tokens a module gets at most."""


class Planted(NamedTuple):
    """A module with tokens in it: its source, and what kind of place each has."""

    path: str
    data: bytes
    tokens: dict[str, str]


def modules(count: int, random: Random) -> list[tuple[str, bytes]]:
    """Modules of the packages, in the same number each, chosen at random."""
    BUILD.mkdir(parents=True, exist_ok=True)
    found = []
    for package in PACKAGES:
        wheel = next(BUILD.glob(f"{package.replace('-', '_')}-*.whl"), None)
        if wheel is None:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            subprocess.run([*command, "--dest", str(BUILD), package], check=True)
            wheel = next(BUILD.glob(f"{package.replace('-', '_')}-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            names = sorted(
                info.filename
                for info in archive.infolist()
                if info.filename.endswith(".py") and _SMALLEST < info.file_size < _LARGEST
            )
            found += [(name, archive.read(name)) for name in random.sample(names, count // len(PACKAGES))]
    return found


def plant(path: str, raw: bytes, random: Random) -> Planted | None:
    """The module with tokens in some of its strings and comments; None if it has none that can take one."""
    data, _ = decode(raw)
    text = data.decode()
    places = []
    for item in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if item.type == tokenize.COMMENT and len(item.string) > 4:
            places.append(("comment", item.end))
        elif item.type == tokenize.STRING and item.start[0] == item.end[0] and "\\" not in item.string:
            kind = "string" if item.string[0] in "'\"" else f"string {item.string.rstrip(item.string[-1])[:1].lower()}"
            places.append((kind, (item.end[0], item.end[1] - len(_quote(item.string)))))
        elif item.type == tokenize.STRING and item.string.endswith('"""'):
            places.append(("triple-quoted", (item.end[0], item.end[1] - 3)))
    if not places:
        return None
    lines = text.splitlines(keepends=True)
    tokens: dict[str, str] = {}
    chosen = random.sample(places, min(len(places), random.randint(1, _PLANTS)))
    for number, (kind, (row, column)) in enumerate(sorted(chosen, key=lambda place: place[1], reverse=True)):
        value = token(random.randrange(10**9) + number)
        line = lines[row - 1]
        quote = line[column : column + 1]
        whole = kind == "string" and random.random() < 0.6
        start = line.rfind(quote, 0, column) + 1 if whole else column
        lines[row - 1] = line[:start] + ("" if whole else " ") + value + line[column:]
        tokens[value] = kind
    return Planted(path, "".join(lines).encode(), tokens)


def _quote(string: str) -> str:
    return string[-3:] if string.endswith(('"""', "'''")) and len(string) > 5 else string[-1]


def prove(planted: Planted, scanner: Scanner, counts: Counter[tuple[str, str]]) -> list[str]:
    """Fix a module as long as anything can be fixed, and say what does not hold."""
    if not _compiles(planted.data):
        counts["not Python any more", "skipped"] += 1
        return []
    data, names, stored = planted.data, Names(), set[str]()
    tree = MemoryTree({planted.path: data})
    explained: dict[str, str] = {}
    while True:
        document = Document(data, planted.path, "python")
        findings = languages.located(document, scanner.scan(document).findings)
        names.assign((document, finding) for finding in findings)
        step = None
        for finding in findings:
            plan = fixes.plan(finding, document, Project(tree, names))
            if plan.safe is not None:
                step = plan.safe
                break
            if finding.secret is not None:
                explained[finding.secret.reveal()] = plan.withheld or plan.fixes[0].reason
        if step is None:
            break
        changes = [(edit.span, edit.text) for edit in step.edits if edit.path == planted.path]
        stored.update(one.secret.reveal() for one in step.stores)
        after = apply_edits(data, changes)
        if problem := _broken(data, after, changes):
            return [f"{planted.path}: {problem}"]
        data = after
    problems = []
    for value, kind in planted.tokens.items():
        if value.encode() not in data:
            counts[kind, "fixed"] += 1
            if not any(value in one for one in stored):
                problems.append(f"{planted.path}: {kind}: the value is gone")
        elif value in explained or any(value in text for text in explained):
            counts[kind, "explained"] += 1
        else:
            counts[kind, "not found"] += 1
    return problems


def _compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "module.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def _broken(before: bytes, after: bytes, changes: list[tuple[Span, str]]) -> str:
    """What is wrong with the module after a fix; "" if nothing."""
    if not _compiles(after):
        return "does not compile"
    old, new = _statements(before), _statements(after)
    document = Document(before)
    lines = {document.line_at(span.start) + 1 for span, _ in changes} | {
        document.line_at(max(span.start, span.end - 1)) + 1 for span, _ in changes
    }
    kept = [dump for dump, first, last in old if not any(first <= line <= last for line in lines)]
    rest = iter([dump for dump, _, _ in new])
    missing = [dump for dump in kept if dump not in rest]
    return f"a statement that no edit touches is not as it was: {missing[0][:200]}" if missing else ""


def _statements(data: bytes) -> list[tuple[str, int, int]]:
    """Every simple statement, and the head of every other: its tree, and its first and last line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = ast.parse(data)
    found = []
    for node in ast.walk(module):
        if not isinstance(node, ast.stmt):
            continue
        first, last = node.lineno, node.end_lineno or node.lineno
        body = getattr(node, "body", None)
        if isinstance(body, list):
            first = min([first, *(one.lineno for one in getattr(node, "decorator_list", []))])
            last = max(first, body[0].lineno - 1)
            parts = [field for name, field in ast.iter_fields(node) if name not in ("body", "orelse", "finalbody")]
            dump = type(node).__name__ + "".join(_dump(part) for part in parts)
        else:
            dump = ast.dump(node)
        found.append((dump, first, last))
    return sorted(found, key=lambda one: one[1:])


def _dump(part: object) -> str:
    if isinstance(part, list):
        return "".join(_dump(one) for one in part if not isinstance(one, (ast.stmt, ast.excepthandler, ast.match_case)))
    return ast.dump(part) if isinstance(part, ast.AST) else repr(part)


def main(arguments: list[str]) -> int:
    """Plant, fix, compare, print the figures; 1 if anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.real", description=__doc__)
    parser.add_argument("--modules", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    random, scanner = Random(given.seed), Scanner()
    counts: Counter[tuple[str, str]] = Counter()
    problems, planted = [], 0
    for path, raw in modules(given.modules, random):
        module = plant(path, raw, random)
        if module is not None:
            planted += 1
            problems += prove(module, scanner, counts)
    for problem in problems:
        print(f"FAILED {problem}")
    print(f"{planted} modules, {sum(counts.values())} tokens, {len(problems)} problems")
    for (kind, outcome), count in sorted(counts.items()):
        print(f"{count:>6} {kind}: {outcome}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
