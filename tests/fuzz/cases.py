"""Inputs: files in one text, with marks where made-up tokens go, so that an input can be kept as it is.

    -- app.py --
    login(token="§")
    -- .env utf-16 --
    A=1

A file goes from its header to the next; a codec behind its path says what it is encoded in. The marks are those of
`tests.shapes`, `⟦rule-id⟧` for a token of that rule, and `⟦9×text⟧` for a text nine times.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from unspill import rules
from unspill.languages import language_of

from tests.helpers import token
from tests.samples import Sample, sample
from tests.shapes import ROWS, VALUES
from tests.test_broken_sources import SOURCES
from tests.tokens import complete

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from unspill.rules import Rule

DEEPEST = 3000
"""How deep brackets and blocks nest at most: some ten times what people, and most grammars, stand."""
CODECS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1", "cp1252", "shift_jis")
PATHS = {
    "python": ("app.py", "pkg/a.pyi"),
    "dockerfile": ("Dockerfile", "web.dockerfile"),
    "yaml": ("docker-compose.yml", ".github/workflows/a.yml", "config.yaml"),
    "toml": ("config.toml", "pyproject.toml"),
    "json": ("config.json", ".vscode/mcp.json"),
    "notebook": ("a.ipynb",),
    "shell": ("start.sh", ".bashrc"),
    "readme": ("README.md", "docs/a.mdx"),
    "dotenv": (".env", ".env.example", "prod.env"),
    "javascript": ("src/a.ts", "server.js", "index.html"),
    "text": ("notes.txt", "run.log", "requirements.txt", "a.go", "main.tf", "a.csv"),
}
"""The languages, and what files in them are called."""
MARKS = {**VALUES, "«": token(3)[:9], "»": token(3)[9:]}
"""The text of each mark. Half of a token is none: it is the half of one that stands nowhere else."""

_SHAPED = ("§", "¤", "‡")
_HEADER = re.compile(rb"^-- (\S+)(?: (\S+))? --\n", re.MULTILINE)
_MARK = re.compile("⟦([a-z0-9-]+)⟧".encode())
_TIMES = re.compile("⟦([0-9]{1,5})×(.+?)⟧".encode(), re.DOTALL)
_ADDED = {
    "python": ('import os\nfrom x import *\nclass C:\n    a: str = "§"\n    async def f(s): yield f"{§!r:>{w}}"\n',
               'match x:\n    case {"k": "§"}: pass\n', 'import os\nt = os.environ.get("A", "§")  # unspill: ignore\n',
               'r = requests.get(f"https://u:§@h.test/{a}", headers={"Authorization": "Bearer §"})\n',
               'API_KEYS = ["§", "«" "»"]\nx = b"\\x68f_"\n', 'def f(k="§"):\n\treturn lambda: (yield k)\n'),
    "dockerfile": ("# syntax=docker/dockerfile:1\nFROM a AS b\nARG T=§\nENV A=$T\\\n  B='§'\nRUN <<E\necho §\nE\n",
                   'FROM scratch\nRUN --mount=type=secret,id=T \\\n# c\n  t=§ && echo "$t"\nCOPY <<F /x\n§\nF\n'),
    "yaml": ("a: &x\n  token: §\nb:\n  <<: *x\nc: |\n  §\n---\n? - §\n: 'api_key': §\n", "a: {b: [§, !!str '§']}\n",
             "on: push\njobs:\n  a:\n    env: {HF_TOKEN: §}\n    steps:\n    - run: |\n        curl -H 'a: §' h\n"),
    "toml": ('[a]\nkey = """\n§"""\n[[b]]\n"x.y".token = \'§\'\nd = {password = "¶"}\n',),
    "json": ('{"a": {"apiKey": "§", "b": ["--token", "§"], "c": "\\u0068§"}} //\n', '[{"name": "K", "value": "§"}]\n'),
    "notebook": ('{"cells": [{"cell_type": "code", "outputs": [], "source": ["%env A=§\\n", "x = \\"§\\""]}]}\n',),
    "shell": ("#!/bin/bash\nset -e\nA=§ B=\"$A\" cmd --token=§ <<'E' | tee x\n§\nE\nf() { local t='§'; }\n",
              "case $x in\na) export T=$'§';;\nesac\nfor t in § ¤; do curl -u me:$t h; done\n"),
    "readme": ("---\nsdk: docker\n---\n```python\nlogin('§')\n```\n| token | § |\n> **key:** `§`\n<!-- § -->\n",),
    "dotenv": ("# a\nexport HF_TOKEN=§\nB='§' # c\nC=\"a\n§\"\nD=\nHF_TOKEN=\n", "A = ${B:-§}\n", "X=¶\nX=¤\n"),
    "javascript": ("const a = process.env.K ?? '§';\nfetch(`https://h/${x}?key=§`, {headers: {A: 'Bearer §'}});\n",
                   "<script>\n// unspill: ignore\nvar t = /*x*/ '§' + \"¤\";\n</script>\n"),
    "text": ("API_KEY=§\n  password: ¶\napi key - §\n", "‡\n", "https://me:¶@db.test:5432/x?a=b\n", "§,¤,«»,⇐,ß,№\n"),
}  # fmt: skip
_PIECES = (
    "\\", "\"", "'", "`", "\n", "\r\n", "\r", "\t", " ", "\0", "\x0b", "\x0c", "\x1b[31m", "\x85", "\u2028", "\ufeff",
    "\udcff", "\udce2\udc82", "é", "🙂", "漢", "\u202e", "%", "$", "${", "$(", "{{", "}}", "{%", "<<E\n", "'''", '"""',
    "#", "//", "/*", "*/", "<!--", "-->", "---\n", "...", "=", "==", ":=", ":", "::", ",", ";", "|", "&", "&&", "<",
    ">", "§", "¤", "«", "»", "⇐", "ß", "№", "¶", "¹", "²", "hf_", "Bearer ", "api_key", "password=", "token: ",
    "SECRET_KEY", "# unspill: ignore", "# unspill: ignore[x] until 2020-01-31", "gitleaks:allow", "os.environ[", "f'{",
    "b'", "rb\"", "lambda:", "\\N{BULLET}", "\\u0068", "\\x68", "&amp;", "%20", "-----BEGIN PRIVATE KEY-----", "FROM ",
    "ENV ", "RUN ", "ARG ", "export ", "load_dotenv()", "import os", "def f(", "!", "%%bash\n", "- ", "? ", "[", "]",
    "{", "}", "(", ")",
)  # fmt: skip
_NESTS = (
    ("(", ")"), ("[", "]"), ("{", "}"), ('{"a":', "}"), ("{a: ", "}"), ("- ", ""), ("? ", ""), (": ", ""), ("> ", ""),
    ("$(", ")"), ("`", "`"), ("((", "))"), ("a=", ""), ("key=", ""), ("a.", "b"), ("not ", ""), ("f(x, ", ")"),
    ("{{", "}}"), ("lambda: ", ""), ("<b>", "</b>"), ("'", "'"), ('"', '"'), (" ", ""), ("if a; then\n", "fi\n"),
    ("\\", ""), ("*", "*"), ("password=", ""), ("# ", ""), ("/*", "*/"), ("hf_", ""), ("${a:-", "}"),
    ("x if y else ", "z"), ("[a]\n", ""),
)  # fmt: skip
_INDENTED = ("if x:", "def f():", "a:", "-", "? a\n:", "class C:", "- a:")


def archive(files: Mapping[str, str]) -> bytes:
    """The input with these files, by path or by path and codec. What is no UTF-8 in a file is a surrogate escape."""
    return b"".join(f"-- {path} --\n{_ended(text)}".encode("utf-8", "surrogateescape") for path, text in files.items())


def files_of(case: bytes) -> dict[str, bytes]:
    """The files of an input, marks filled in and encoded; nothing stands outside the folder."""
    found = {}
    parts = _HEADER.split(case)[1:]
    for path, codec, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        name = path.decode("utf-8", "surrogateescape").replace("\0", "").lstrip("/")
        raw = filled(body)
        if codec and codec.decode("ascii", "replace") in CODECS:
            raw = raw.decode("utf-8", "replace").encode(codec.decode(), "replace")
        if name and ".." not in name.split("/"):
            found[name] = raw
    return found


def filled(text: bytes) -> bytes:
    """A text with tokens in place of its marks."""
    text = _TIMES.sub(lambda mark: mark[2] * int(mark[1]), text)
    for mark, value in MARKS.items():
        text = text.replace(mark.encode(), value.encode())
    return _MARK.sub(lambda mark: _token_of(mark[1].decode()).encode(), text)


def exposed(text: str) -> list[str]:
    """The tokens, by their marks, that stand in a text, whole or in part: those that are told by their shape alone."""
    return [mark for mark in _SHAPED if any(part in text for part in _parts(VALUES[mark]))]


def _parts(value: str) -> list[str]:
    parts = (value[at : at + 12] for at in range(3, len(value) - 12))
    return [part for part in parts if part.isalnum()]


@cache
def rules_by_id() -> dict[str, Rule]:
    """Every shipped rule."""
    return {rule.id: rule for rule in rules.load(rules.shipped())}


@cache
def seeds(language: str) -> tuple[str, ...]:
    """Texts in a language (one of `PATHS`), with marks."""
    found = [row.source for row in ROWS if _language(row.path) == language]
    found += [text.replace(VALUES["§"], "§") for path, text in SOURCES if _language(path) == language]
    return (*found, *_ADDED[language])


def text(random: Random, language: str) -> str:
    """A text that may have been one in the language."""
    pool = seeds(language if random.random() < 0.95 else random.choice(list(PATHS)))
    made = "\n".join(random.choice(pool) for _ in range(random.choice([1, 1, 2, 3])))
    if random.random() < 0.3:
        made += _example(random)
    return mutated(random, made, seeds(language))


def document(random: Random, language: str) -> bytes:
    """An input that is one file in the language."""
    path = random.choice(PATHS[language])
    codec = f" {random.choice(CODECS)}" if random.random() < 0.08 else ""
    return archive({path + codec: text(random, language)})


def mutated(random: Random, made: str, pool: Sequence[str] = ()) -> str:
    """`made` with a few changes, or none."""
    for _ in range(random.choice([0, 1, 1, 2, 3, 5, 8])):
        made = random.choice(_MUTATIONS)(random, made, pool)
    return made


def nested(random: Random, made: str) -> str:
    """`made` with something in it that nests deep."""
    depth, at = int(DEEPEST ** random.random()), random.randrange(len(made) + 1)
    if random.random() < 0.3:
        step, head = random.choice([" ", "  ", "\t"]), random.choice(_INDENTED)
        lines = "\n".join(step * level + head for level in range(min(depth, 1000)))
        return f"{made[:at]}\n{lines}\n{step * min(depth, 1000)}{made[at:]}"
    before, after = random.choice(_NESTS)
    end = at if random.random() < 0.3 else random.randrange(at, len(made) + 1)
    return made[:at] + before * depth + made[at:end] + after * random.choice([depth, depth, 0, 1]) + made[end:]


def _cut(random: Random, made: str, _: Sequence[str]) -> str:
    start, end = _range(random, made)
    return made[:start] + made[end:]


def _repeat(random: Random, made: str, _: Sequence[str]) -> str:
    start, end = _range(random, made)
    return made[:end] + made[start:end] * random.choice([1, 1, 2, 30]) + made[end:]


def _insert(random: Random, made: str, _: Sequence[str]) -> str:
    at = random.randrange(len(made) + 1)
    return made[:at] + random.choice(_PIECES) * random.choice([1, 1, 1, 2, 3, 300]) + made[at:]


def _replace(random: Random, made: str, _: Sequence[str]) -> str:
    start, end = _range(random, made)
    return made[:start] + random.choice(_PIECES) + made[end:]


def _move(random: Random, made: str, _: Sequence[str]) -> str:
    start, end = _range(random, made)
    rest = made[:start] + made[end:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + made[start:end] + rest[at:]


def _splice(random: Random, made: str, pool: Sequence[str]) -> str:
    other = random.choice(pool) if pool else made
    at = random.randrange(len(made) + 1)
    start, end = _range(random, other)
    return made[:at] + other[start:end] + made[at:]


def _line_ends(random: Random, made: str, _: Sequence[str]) -> str:
    return made.replace("\n", random.choice(["\r\n", "\r", "\u2028", "\n\n", "\n\t", "\n    "]))


def _nest(random: Random, made: str, _: Sequence[str]) -> str:
    return nested(random, made) if random.random() < 0.4 else _insert(random, made, ())


_MUTATIONS = (_cut, _cut, _repeat, _insert, _insert, _insert, _replace, _replace, _move, _splice, _line_ends, _nest)


def _range(random: Random, made: str) -> tuple[int, int]:
    start = random.randrange(len(made) + 1)
    return start, min(len(made), start + int(30 ** random.random()))


def _example(random: Random) -> str:
    """A line that a rule's own page shows."""
    rule = rules_by_id()[random.choice(list(rules_by_id()))]
    parts = rules.pieces(random.choice(rule.example))
    return "\n" + "".join(f"⟦{rule.id}⟧" if is_pattern else part for part, is_pattern in parts) + "\n"


@cache
def _token_of(rule_id: str) -> str:
    rule = rules_by_id().get(rule_id)
    if rule is None:
        return rule_id
    made = next(part for part, is_pattern in rules.pieces(rule.example[0]) if is_pattern)
    value = sample(made, Random(rule_id))
    with suppress(ValueError):  # there may be no checksum for this length
        return complete(rule, Sample(value, [(0, len(value))])).text
    return value


def _language(path: str) -> str:
    found = language_of(path).id
    return "javascript" if found == "html" else found if found in PATHS else "text"


def _ended(made: str) -> str:
    """A text that a header may follow."""
    return made if made.endswith("\n") else f"{made}\n"
