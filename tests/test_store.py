"""What `.env` becomes when it takes values: every loader reads each of them back, and nothing else changes."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from random import Random
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from dotenv import dotenv_values
from dotenv.main import DotEnv
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import space
from unspill.document import Document
from unspill.fixes import store
from unspill.languages import dotenv
from unspill.model import Secret, Stored

from tests import compose
from tests.helpers import MemoryTree, token

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NODE = shutil.which("node")
NAMES = ["X", "HF_TOKEN", "A", "B"]
ATOMS = [
    "X", "HF_TOKEN", "A", "export ", "export", "=", "=", "=", "'", '"', "\\", "#", " #", " ", "\t", "\n", "\n", "\r\n",
    "\r", "\f", "\v", "\x1c", "\x85", "\xa0", "\u2028", "\ufeff", "é", ":", ": ", "${X}", "${A:-b}", "$", "`", "b",
    "\\n", "\\'", '\\"', "\\\\", "A=b\n", "# c\n", "A='b'\n",
]  # fmt: skip
QUOTED = st.text("ab #\n\\'\"=$", max_size=8)
LINES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "export ", "  ", "\n"]),
    st.sampled_from([*NAMES, "'X'", '"X"', "n o", "# c", ""]),
    st.one_of(
        st.sampled_from(["", "=", " = ", "=''", '=""', ": b", "=b", "=b #c", "=#c", "= #c", "='b' junk", "='", '="']),
        st.sampled_from(["=${X}", "='${HF_TOKEN:-b}'", '="$X"']),
        st.builds("='{}'".format, QUOTED),
        st.builds('="{}"'.format, QUOTED),
        st.builds("={}".format, QUOTED),
    ),
    st.sampled_from(["", " ", " # c", "#c"]),
)
CURRENT = st.one_of(
    st.none(),
    st.binary(max_size=30),
    st.lists(st.sampled_from(ATOMS), max_size=12).map(lambda parts: "".join(parts).encode()),
    st.builds(
        lambda mark, lines, end, last: mark + (end.join(lines) + end * last).encode(),
        st.sampled_from([b"", b"", b"\xef\xbb\xbf"]),
        st.lists(LINES, max_size=6),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.booleans(),
    ),
)
VALUES = st.one_of(
    st.sampled_from(["v", token(1)]),
    st.text(st.sampled_from("ab \t#'\"\\$`{}=\nné\r\0"), max_size=8),
    st.text(max_size=8),
)
STORES = st.lists(
    st.tuples(st.sampled_from(["X", "HF_TOKEN"]), VALUES), min_size=1, max_size=2, unique_by=lambda s: s[0]
)


def stores(values: Mapping[str, str]) -> list[Stored]:
    """What a fix stores."""
    return [Stored(name, Secret(value)) for name, value in values.items()]


def edited(current: bytes | None, **values: str) -> bytes:
    """The new content of a `.env`."""
    return store.env_edit(current, stores(values))


def attempt(current: bytes | None, values: Mapping[str, str]) -> tuple[bytes | None, str]:
    """The new content of a `.env`, or None and the reason why there is none."""
    try:
        return edited(current, **values), ""
    except store.UnstorableError as error:
        return None, str(error)


def loaded(data: bytes, *, override: bool = True) -> dict[str, str | None]:
    """What python-dotenv reads from a file with these bytes."""
    with io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") as stream:
        return dict(DotEnv(None, stream=stream, override=override).dict())


@pytest.mark.parametrize("seed", range(5))
def test_reads_as_python_dotenv(seed: int) -> None:
    """Of any text at all, each name reads as python-dotenv reads it before it expands variables, in the same order."""
    random = Random(seed)
    for _ in range(1000):
        data = "".join(random.choices(ATOMS, k=random.randrange(20))).encode()
        with io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") as stream:
            expected = dotenv_values(stream=stream, interpolate=False)
        assert list(dotenv.values(Document(data, ".env", "dotenv")).items()) == list(expected.items())
        assert space.stored(MemoryTree({".env": data}), space.Space()) == {k: v or "" for k, v in expected.items()}


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(current=CURRENT, values=STORES.map(dict), set_outside=st.booleans(), override=st.booleans())
def test_each_value_reads_back_and_every_other_name_reads_as_before(
    current: bytes | None, values: dict[str, str], set_outside: bool, override: bool
) -> None:
    """Whatever the file and the values: refused without naming a value, or read by python-dotenv as they should be."""
    after, reason = attempt(current, values)
    assert not [value for value in values.values() if len(value) > 6 and value in reason]
    if after is None:
        return
    with patch.dict(os.environ, {"HF_TOKEN": "outside", "X": "outside"} if set_outside else {}):
        assert loaded(after, override=override) == {**loaded(current or b"", override=override), **values}
    assert edited(after, **values) == after
    assert edited(after) == after


@given(current=CURRENT, values=STORES.map(dict))
def test_what_is_there_stays_to_the_byte(current: bytes | None, values: dict[str, str]) -> None:
    """Nothing that stood in the file is lost or moves; new lines follow it, and values fill what is empty."""
    after, _ = attempt(current, values)
    if after is None:
        return
    at = 0
    for byte in (current or b"").replace(b"''", b"").replace(b'""', b""):
        at = after.index(byte, at) + 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "X=v\n"),
        ("A=1", "A=1\nX=v\n"),
        ("A=1\r\n# c\r\n", "A=1\r\n# c\r\nX=v\r\n"),
        ("X=v", "X=v"),
        ("export X = 'v' # c", "export X = 'v' # c"),
        ("X=\nX=\n", "X=\nX=v\n"),
        ("X=b\nX=\n", "X=b\nX=v\n"),
        ('A="x\nX=\ny"\n', 'A="x\nX=\ny"\nX=v\n'),
        ("# x\nexport X = '' # c\r\nB=2\n", "# x\nexport X = v # c\r\nB=2\n"),
        ("X= # c\n", "X= v # c\n"),
        ("X=''#c\n", "X=v #c\n"),
        ("X#c\nB=2\n", "X=v #c\nB=2\n"),
        ("export X\n", "export X=v\n"),
        ("X=\nB=${X}\n", "X=\nB=${X}\nX=v\n"),
        ("X=\nB='$X'\n", "X=\nB='$X'\nX=v\n"),
        ("B=${X}\nX=\nC=$XY\n", "B=${X}\nX=v\nC=$XY\n"),
        ("\ufeffX=\n", "\ufeffX=\nX=v\n"),
        ("X: b\n", "X: b\nX=v\n"),
        ("no entry at all\n", "no entry at all\nX=v\n"),
        ("\t", "\t\nX=v\n"),
    ],
)
def test_where_a_value_goes(before: str | None, after: str) -> None:
    """The entry that counts is filled if it is empty and nothing after it expands it; else the value gets a line."""
    assert edited(None if before is None else before.encode(), X="v") == after.encode()


@pytest.mark.parametrize(
    ("current", "why"),
    [
        ("A=é\n".encode("latin-1"), "UTF-8"),
        ("A=b\n".encode("utf-16"), "UTF-8"),
        ("A=b\n".encode("utf-16-le"), "UTF-8"),
        ("A=b\n".encode("utf-32"), "UTF-8"),
        (b"A=b\n\nB='half\nC=d\n", "line 3 has an unterminated quote"),
        (b'A="half\\"\nB="c\n"d\nE="f\n', "line 4 has an unterminated quote"),
        (b"\xef\xbb\xbfA=b\r'tis\r", "line 2 has an unterminated quote"),
    ],
)
def test_a_file_that_cannot_be_extended_is_refused(current: bytes, why: str) -> None:
    """What python-dotenv cannot decode, and a quote that new text could close, are refused and named."""
    with pytest.raises(store.UnstorableError, match=why) as raised:
        edited(current, X="v")
    assert not isinstance(raised.value, store.TakenError)


@pytest.mark.parametrize("current", [b"X=other\n", b"X=\nX=other\n", b"X=${A}\n", b"X=#c\n", b"\xef\xbb\xbfX=other\n"])
def test_a_name_in_use_is_taken(current: bytes) -> None:
    """Another value is never written over; the error tells that apart from all others, and names no value."""
    with pytest.raises(store.TakenError, match="X already has another value") as raised:
        edited(current, X="v")
    assert "other" not in str(raised.value).replace("another", "")


def test_one_name_takes_one_value() -> None:
    """Two values for a name in one go are a conflict, the same one twice is not."""
    assert store.env_edit(None, stores({"X": "v"}) * 2) == b"X=v\n"
    with pytest.raises(store.TakenError):
        store.env_edit(None, [*stores({"X": "v"}), *stores({"X": "w"})])


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("a.b/c+d=e:f@g%-_", "X=a.b/c+d=e:f@g%-_"),
        ("", "X=''"),
        ("a b#c$d", "X='a b#c$d'"),
        ("dom\\user", "X='dom\\user'"),
        ('{"a": "b\\n"}', 'X=\'{"a": "b\\n"}\''),
        ("-----BEGIN\nEND-----\n", "X='-----BEGIN\nEND-----\n'"),
        ("it's", 'X="it\'s"'),
        ("it's\n#long", 'X="it\'s\n#long"'),
        ("a\\", "X=a\\"),
        ("a'b \"c\\\\", "X=a'b \"c\\\\"),
    ],
)
def test_the_form_of_a_value(value: str, line: str) -> None:
    """Bare if it may be, else in single quotes, else in double quotes, else bare once more: never with an escape."""
    assert store.env_line(Stored("X", Secret(value))) == line
    assert store.differs_for_docker(value) == (line != f"X={value}")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("a${B}c", r"expand the `\$\{`"),
        ("a\rb", "carriage return"),
        ("a\0b", "NUL"),
        ("a\ud800", "surrogate"),
        ("it's $1", "disagree"),
        ("'\"#", "disagree"),
        ("'\\\n", "disagree"),
    ],
)
def test_a_value_without_a_common_form_is_refused(value: str, why: str) -> None:
    """What no form keeps for every loader is refused, with a reason that does not quote it."""
    with pytest.raises(store.UnstorableError, match=why) as raised:
        edited(None, X=value)
    assert value not in str(raised.value)
    assert raised.value.__context__ is None


def test_what_would_not_read_back_is_refused() -> None:
    """The result is read again before it is given back: a name that no loader takes is noticed."""
    with pytest.raises(store.UnstorableError, match="would not read back"):
        store.env_edit(None, [Stored("A#B", Secret("v"))])


def test_a_file_on_disk_reads_back(tmp_path: Path) -> None:
    """What is written to disk is what python-dotenv loads from there, whatever the line ends."""
    values = {"X": "it's\nlong", "HF_TOKEN": '{"a":\n"b\\n"}'}
    (tmp_path / ".env").write_bytes(edited(b"# c\r\nA=1\r\n", **values))
    assert dotenv_values(tmp_path / ".env") == {"A": "1", **values}


def samples() -> list[tuple[str, dict[str, str]]]:
    """Files made from well-formed content and many values, with what they should hold."""
    random = Random(1)
    made: list[tuple[str, dict[str, str]]] = []
    while len(made) < 3000:
        kinds = random.choice(
            ["ab1 #", "ab'\"`", "ab\\\\n'", "a b\t\n'", "$a{'", "\"'\\ é\u2028\xa0\x85\ufeff", '{":\\n}\n,']
        )
        values = {name: "".join(random.choices(kinds, k=random.randrange(1, 12))) for name in ("X", "Y")}
        lines = random.sample(["# c", "A=b", "B='c # d'", "X=", "", 'C="d"', "Y='' # c", "export D = e", "\tE=f"], 5)
        end = random.choice(["\n", "\r\n"])
        try:
            made.append((edited((end.join(lines) + end).encode(), **values).decode(), values))
        except store.UnstorableError:
            continue
    return made


@pytest.mark.skipif(NODE is None, reason="Node.js is not installed")
def test_node_reads_the_same() -> None:
    """`node --env-file` reads every value as python-dotenv does."""
    program = (
        "const { parseEnv } = require('node:util');"
        "const texts = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(parseEnv ? texts.map((text) => parseEnv(text)) : null))"
    )
    made = samples()
    texts = json.dumps([text for text, _ in made])
    ran = subprocess.run([NODE or "node", "-e", program], input=texts, capture_output=True, text=True, timeout=120)
    read = json.loads(ran.stdout)
    if read is None:
        pytest.skip("this Node.js has no util.parseEnv (20.12 has)")
    assert [{name: one.get(name) for name in values} for one, (_, values) in zip(read, made, strict=True)] == [
        values for _, values in made
    ]


def test_compose_reads_the_same() -> None:
    """Docker Compose reads every value as python-dotenv does."""
    for text, values in samples():
        read = compose.read(text)
        assert {name: read[name] for name in values} == values


@given(current=CURRENT.map(lambda data: (data or b"") + b"\n"), values=STORES.map(dict))
def test_compose_reads_what_it_read(current: bytes, values: dict[str, str]) -> None:
    """A file that Docker Compose can read, it can read afterwards: the new values, and every other name as before."""
    after, _ = attempt(current, values)
    before = readable(current)
    if after is None or before is None:
        return
    kept = dotenv.values(Document(current, ".env", "dotenv"))
    new = {name: value for name, value in values.items() if kept.get(name) != value}
    read = readable(after)
    assert read is not None
    assert {name: read[name] for name in new} == new
    others = set(read) - set(new)
    assert others == set(before) - set(new)
    assert [name for name in others if read[name] != before[name]] == []


def readable(data: bytes) -> dict[str, str | None] | None:
    """What Docker Compose reads; None if it reads nothing, or takes a line end for part of a value."""
    if b"\r" in data.replace(b"\r\n", b""):
        return None
    try:
        return compose.read(data.decode())
    except (UnicodeDecodeError, compose.Unreadable):
        return None
