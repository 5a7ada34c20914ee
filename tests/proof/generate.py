"""Whole projects made of shapes: several files, several values, every encoding, import style and starting state.

Every piece stands between two lines that must not change (`KEEP`), so that what became of it can be told afterwards.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from functools import cache
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import Document
from unspill.scan import Scanner

from tests.proof import shapes
from tests.samples import sample
from tests.tokens import with_checksum

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.proof.shapes import Shape

KEEP = "keep_{}_line"

_KINDS = {
    "HF_TOKEN": "hf_[A-Za-z]{34}",
    "GROQ_API_KEY": "gsk_[A-Za-z0-9]{20}WGdyb3FY[A-Za-z0-9]{24}",
    "TAVILY_API_KEY": "tvly-dev-[A-Za-z0-9]{32}",
    "GITHUB_TOKEN": "ghp_[A-Za-z0-9]{36}",
    "REPLICATE_API_TOKEN": "r8_[A-Za-z0-9]{37}",
}
_PEM = "-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n"
_TEXTS = ("§", "§", "§", "Bearer §", "a § b", "{b} §", "https://u:§@h.test/x?a=1", "https://h.test/?api_key=§&x={}",
          "¤ § ¤", "token=§;", "\\t§\\n", "\\x41 § \\\\", "\\N{BULLET} {a} §", "'§'", '"§"', "%s § %d")  # fmt: skip
_PREFIXES = ("", "", "", "", "r", "u", "f", "F", "R", "fr", "b", "rb", "Rb")
_QUOTES = ("'", '"', '"', "'''", '"""')
_STYLES = (  # head, os.environ, os.getenv
    ("", "", ""),
    ("import os", "os.environ", "os.getenv"),
    ("import os", "os.environ", "os.environ.get"),
    ("import json, os.path", "os.environ", "os.getenv"),
    ("import os as o", "o.environ", "o.getenv"),
    ("from os import environ, getenv", "environ", "getenv"),
    ("from os import environ as E", "E", "E.get"),
    ("from os import (\n    environ,\n    path,\n)", "environ", "environ.get"),
    ("import sinks as os\nfrom os import environ as e_", "e_", "e_.get"),
    ("try:\n    import os\nexcept ImportError:\n    raise", "os.environ", "os.getenv"),
)
_WRAPS = (
    "def w«i»():\n{}\nw«i»()", "if True:\n{}", "try:\n{}\nfinally:\n    pass", "for _«i» in [0]:\n{}",
    "class W«i»:\n    def m(self):\n{}\nW«i»().m()", "while True:\n{}\n    break", "if 0:\n    pass\nelse:\n{}",
)  # fmt: skip
_ENCODINGS = (  # codec, byte order mark, declaration, characters that it has
    ("utf-8", b"", "", "é🙂漢"), ("utf-8", b"", "", "é🙂漢"), ("utf-8", b"", "# coding: utf-8", "é"),
    ("utf-8", b"\xef\xbb\xbf", "", "🙂"), ("latin-1", b"", "# -*- coding: latin-1 -*-", "éß"),
    ("shift_jis", b"", "# vim: set fileencoding=shift_jis :", "ソ表漢"), ("cp1252", b"", "# coding=cp1252", "€é"),
)  # fmt: skip


class Value(NamedTuple):
    """A made-up secret: `name` is the environment variable that code calls it."""

    text: str
    name: str
    mixed: bool = False
    """Whether Python code uses several names for it, and gives a name several values; other files then keep apart."""


class Piece(NamedTuple):
    """A shape in a file, with the value in it: between the lines KEEP(number) and KEEP(number + 1)."""

    shape: Shape
    value: Value
    number: int


class File(NamedTuple):
    """A made-up file. `home` is the folder of its Space ("" or one that ends in a slash)."""

    path: str
    raw: bytes
    codec: str
    pieces: tuple[Piece, ...]
    home: str
    code: bool = False


class Project(NamedTuple):
    """A made-up project: its files, and the values in them.

    `tracked` are the paths that git is to track, `read_only` those that nobody may write at first.
    """

    files: tuple[File, ...]
    tracked: frozenset[str]
    read_only: frozenset[str]
    python: str


def project(seed: int) -> Project:
    """The project number `seed`; the same one each time."""
    random = Random(seed)
    python = random.choice(["3.10", "3.10", "3.12"])
    homes = ["", "spaces/two/"] if random.random() < 0.08 else [""]
    files: list[File] = []
    tracked = set()
    for home in homes:
        values = _values(random, random.choice([1, 1, 2, 2, 3, 4]))
        files.append(_readme(random, home, values, python))
        files += _code(random, home, values)
        files += [make(random, home, values) for make in random.sample(_OTHERS, random.choice([0, 0, 1, 1, 2, 3]))]
        files += _named(random, home) if random.random() < 0.3 else []
        files += _starting_state(random, home, values)
        if random.random() < 0.03:
            tracked.add(f"{home}.env")
    read_only = {random.choice(files).path} if random.random() < 0.03 else set()
    return Project(tuple(files), frozenset(tracked), frozenset(read_only), python)


def _values(random: Random, count: int) -> list[Value]:
    values: list[Value] = []
    mixed = random.random() < 0.5
    for index in range(count):
        kind = random.choice(list(_KINDS))
        text = _sample(random, kind)
        taken = {value.name for value in values}
        name = kind if random.random() < 0.6 and kind not in taken else f"APP_{index}_KEY"
        values.append(Value(text, name, mixed))
    return values


def _sample(random: Random, kind: str) -> str:
    """A value that is found: some look so much like words that they are taken for identifiers."""
    while True:
        text = sample(_KINDS[kind], random)
        text = with_checksum("crc32-base62", text) if kind == "GITHUB_TOKEN" else text
        if scanner().scan(Document(f'x = "{text}"'.encode())).findings:
            return text


def scanner() -> Scanner:
    """The scanner, made once: the rules take longer to load than a project to fix.

    A server that runs beside the main thread has its own: no scanner may be used by two threads at once.
    """
    return _scanner(beside=threading.current_thread() is not threading.main_thread())


@cache
def _scanner(*, beside: bool) -> Scanner:  # one for each
    return Scanner()


def _special(random: Random, shape: Shape, value: Value) -> Value:
    """Some shapes hold a value of their own kind."""
    if shape.name == "A-34 service account":
        return Value(_PEM.format(body=sample("MII[A-Za-z0-9]{61}", random)), "GOOGLE_SERVICE_ACCOUNT_JSON")
    if "postgresql://" in shape.source:  # the same password in all of a project's files, or one of few
        return Value(sample("[a-km-z2-9A-HJ-NP-Z]{22}", Random(value.text)), "DATABASE_URL")
    return value


def _literal(random: Random, shape: Shape, value: str, charset: str) -> str:
    """A string literal with the value in it."""
    if shape.whole:
        return random.choice(["", "", "r"]) + random.choice("'\"").join(["", value, ""])
    while True:
        prefix = random.choice(_PREFIXES)
        quote = random.choice(_QUOTES)
        text = random.choice(_TEXTS)
        if "b" in prefix.lower() and (not shape.binary or "¤" in text or "\\N" in text):
            continue
        if ("r" in prefix.lower() and "\\" in text) or (quote[0] in text and len(quote) == 1) or text[-1] == quote[0]:
            continue
        if "f" in prefix.lower():
            text = re.sub(r"(?<!\\N)\{", "{{", text) if "\\N" not in text else text.replace("{a}", "")
            text = re.sub(r"\}", "}}", text) if "\\N" not in text else text
        return prefix + quote + text.replace("§", value).replace("¤", random.choice(charset)) + quote


def _filled(random: Random, shape: Shape, value: Value, number: int, charset: str = "é") -> str:
    name, whole = value.name, shape.whole
    if value.mixed and shape in shapes.PYTHON:
        name = name if random.random() < 0.6 else f"APP_{random.randrange(30)}_KEY"
    elif value.mixed:
        name, whole = f"OUR_{name}", whole or "«N»" in shape.source
    else:
        whole = whole or "«N»" in shape.source
    source = shape.source.replace("«i»", str(number)).replace("«N»", name)
    if "«S»" in source:
        source = source.replace("«S»", _literal(random, shape._replace(whole=whole), value.text, charset))
    for mark, text in forms(value).items():
        source = source.replace(mark, text)
    return source


def forms(value: Value) -> dict[str, str]:
    """How a value is written for each mark of a shape but `«S»`, which is a literal with `«V»` in it."""
    text, cut = value.text, 8 + sum(map(ord, value.text)) % (len(value.text) - 16)
    encoded = text.encode()
    return {
        "«V»": text,
        "«A»": text[:cut],
        "«B»": text[cut:],
        "«R»": text[::-1],
        "«6»": base64.b64encode(encoded).decode(),
        "«X»": encoded.hex(),
    }


def _pieces(random: Random, table: Sequence[Shape], values: list[Value], count: int) -> list[Piece]:
    shapes_ = random.choices(table, k=count)
    alone = [shape for shape in shapes_ if shape.alone]
    shapes_ = [alone[0]] if alone else shapes_
    return [Piece(shape, _special(random, shape, random.choice(values)), at) for at, shape in enumerate(shapes_)]


def _code(random: Random, home: str, values: list[Value]) -> list[File]:
    names = ["app.py", *random.sample(["chat/client.py", "chat/store.py", "util.py"], random.choice([0, 0, 1, 2]))]
    return [_module(random, home, home + name, values) for name in names]


def _module(random: Random, home: str, path: str, values: list[Value]) -> File:
    codec, bom, declaration, charset = random.choice(_ENCODINGS)
    head, environ, getenv = random.choice(_STYLES)
    lines = ["#!/usr/bin/env python"] if random.random() < 0.2 else []
    lines += [declaration] if declaration else []
    lines += [f"# {charset} head"] if random.random() < 0.2 else []
    lines += [f'"""Doc {charset}."""'] if random.random() < 0.3 else []
    lines += ["from __future__ import annotations"] if random.random() < 0.2 else []
    lines += [head] if head else []
    pieces = _pieces(random, shapes.PYTHON, values, random.choice([1, 1, 2, 3, 5]))
    for piece in pieces:
        quote = random.choice("'\"")
        lines.append(f"{KEEP.format(piece.number)} = {quote}{charset}{quote}  \t# {charset}")
        lines.append(_wrapped(random, piece, _filled(random, piece.shape, piece.value, piece.number, charset), head))
    lines.append(f"{KEEP.format(len(pieces))} = 1")
    text = "\n".join(lines).replace("«E»", environ or "os.environ").replace("«G»", getenv or "os.getenv")
    return File(path, _encoded(random, text, codec, bom), codec, tuple(pieces), home, code=True)


def _wrapped(random: Random, piece: Piece, source: str, head: str) -> str:
    if not head and ("«E»" in source or "«G»" in source):
        source = f"import os\n{source}"
    if not piece.shape.nested or random.random() < 0.6 or "'''" in source or '"""' in source:
        return source
    indent = random.choice(["    ", "    ", "  ", "\t"])
    wrap = random.choice(_WRAPS).replace("    ", indent).replace("«i»", str(piece.number))
    deep = indent * (2 if "class" in wrap else 1)
    return wrap.replace("{}", "\n".join(deep + line for line in source.split("\n")))


def _encoded(random: Random, text: str, codec: str = "utf-8", bom: bytes = b"") -> bytes:
    end = random.choice(["\n", "\n", "\n", ""])
    newline = random.choice(["\n", "\n", "\r\n"])
    return bom + (text + end).replace("\n", newline).encode(codec)


def _readme(random: Random, home: str, values: list[Value], python: str) -> File:
    pieces = _pieces(random, shapes.README, values, random.choice([0, 0, 0, 1, 2]))
    head = f"---\ntitle: 🙂\nsdk: {random.choice(['gradio', 'docker'])}\npython_version: '{python}'\n---\n# é"
    return _file(random, f"{home}README.md", pieces, home, head=head, keep="<!-- {} 漢 -->")


def _file(random: Random, path: str, pieces: list[Piece], home: str, *, head: str, keep: str) -> File:
    lines = [head] if head else []
    for piece in pieces:
        lines += [keep.format(KEEP.format(piece.number)), _filled(random, piece.shape, piece.value, piece.number)]
    lines.append(keep.format(KEEP.format(len(pieces))))
    wide = path.endswith((".log", ".csv")) and random.random() < 0.4
    codec, bom = random.choice([("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]) if wide else ("utf-8", b"")
    return File(path, _encoded(random, "\n".join(lines), codec, bom), codec, tuple(pieces), home)


def _simple(
    path: str, table: Sequence[Shape], head: str = "", keep: str = "# {} é"
) -> Callable[[Random, str, list[Value]], File]:
    def make(random: Random, home: str, values: list[Value]) -> File:
        pieces = _pieces(random, table, values, random.choice([1, 1, 2, 3]))
        return _file(random, home + path, pieces, home, head=head, keep=keep)

    return make


def _notebook(random: Random, home: str, values: list[Value]) -> File:
    """Each piece is a cell between two others; the file is written as Jupyter writes it, or in other layouts."""
    pieces = _pieces(random, shapes.NOTEBOOK, values, random.choice([1, 2, 3]))
    cells: list[dict[str, object]] = []
    for piece in pieces:
        source = _filled(random, piece.shape, piece.value, piece.number)
        cells.append(_cell("markdown", KEEP.format(piece.number), random))
        if piece.shape.name.startswith("E-5"):
            output = {"output_type": "stream", "name": "stdout", "text": [f"key {source}\n"]}
            cells.append({**_cell("code", "print(1)", random), "outputs": [output]})
        else:
            cells.append(_cell("markdown" if piece.shape.name.startswith("E-7") else "code", source, random))
    cells.append(_cell("markdown", KEEP.format(len(pieces)), random))
    indent = random.choice([1, 1, 2, None])
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent,
                      ensure_ascii=random.random() < 0.5)  # fmt: skip
    return File(f"{home}note.ipynb", _encoded(random, text), "utf-8", tuple(pieces), home)


def _cell(kind: str, source: str, random: Random) -> dict[str, object]:
    lines: object = source.splitlines(keepends=True) if random.random() < 0.7 else source
    code: dict[str, object] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, **code, "source": lines}


_OTHERS = (
    _simple("Dockerfile", shapes.DOCKERFILE, "FROM python:3.10"),
    _simple("docker-compose.yml", shapes.COMPOSE, "services:\n  app:\n    image: x\n    environment:", "      # {}"),
    _simple("start.sh", shapes.SHELL, "#!/bin/sh\nset -e"),
    _simple("run.log", shapes.TEXT, keep="{} é"),
    _simple("data.csv", shapes.TEXT, keep="{},é"),
    _simple("config.yaml", shapes.CONFIG),
    _simple(".npmrc", shapes.NPMRC, keep="; {}"),
    _simple(
        ".github/workflows/x.yml", shapes.WORKFLOW,
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps: []\n    env:\n      A: 1", "      # {}",
    ),
    _simple("Makefile", shapes.MAKEFILE),
    _simple("setup.ps1", shapes.POWERSHELL),
    _simple("setup.bat", shapes.BATCH, "@echo off", "rem {}"),
    _simple("server.js", shapes.NODE, 'const fs = require("node:fs");', "// {} é"),
    _simple("index.html", shapes.BROWSER, "<script>", "// {}"),
    _notebook,
)  # fmt: skip


def _named(random: Random, home: str) -> list[File]:
    """A value that its author has named, in a file; and copies of it in another, which no rule finds by themselves."""
    while True:
        value = Value(sample("[a-f0-9]{32}", random), "CONVERT_API_KEY")
        if scanner().scan(Document(f'api_key = "{value.text}"'.encode())).findings:
            break
    code = [Piece(random.choice(shapes.NAMED), value, 0)]
    copies = [Piece(shape, value, at) for at, shape in enumerate(random.choices(shapes.COPIES, k=2))]
    module = _file(random, f"{home}lib/convert.py", code, home, head="", keep="{} = 1")
    return [module._replace(code=True), _file(random, f"{home}notes.txt", copies, home, head="", keep="{}")]


def _starting_state(random: Random, home: str, values: list[Value]) -> list[File]:
    first = values[0]
    env = random.choice([
        None, None, b"", b"OTHER=1\n", b"# mine\nexport OTHER='a b'", b"OTHER=1\r\nX=\"2\"\r\n",
        b"\xef\xbb\xbfOTHER=1\n",
        f"{first.name}=another\n".encode(), f"A=1\n{first.name}=\nB=2\n".encode(), f"{first.name}=''\r\nB=2".encode(),
        f"{first.name}={first.text}\n".encode(), f"Q={values[-1].text}\n#c".encode(),
        f"export {first.name}=\n".encode(),
    ])  # fmt: skip
    example = random.choice([
        None, None, f"# The key\n{first.name}=\n".encode(), b"OTHER=\n\n# x", b"OTHER=\r\nB=\r\n", b"\xef\xbb\xbfA=\n",
        f"export {first.name}=\n".encode(), b"",
    ])  # fmt: skip
    ignore = random.choice([
        None, b"*.pyc\n", b".env\n", b"*.pyc\r\n__pycache__/", b".env*\n", b"/.env\n", b"\xef\xbb\xbf*.log.gz\n",
    ])  # fmt: skip
    docker = random.choice([None, None, b".git\n", b".git\r\nx", b"**/.env\n"])
    schema = random.choice([None, None, None, b"# @required\nOTHER=\n"])
    states = {
        ".env": env, ".env.example": example, ".gitignore": ignore, ".dockerignore": docker, ".env.schema": schema
    }  # fmt: skip
    return [File(home + path, raw, "utf-8", (), home) for path, raw in states.items() if raw is not None]
