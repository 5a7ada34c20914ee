"""Messages in a stream: however it is cut, and whatever else is in it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from unspill.lsp import framing
from unspill.lsp.framing import BODY_LIMIT, HEADER_LIMIT, INVALID_REQUEST, PARSE_ERROR, Fault, Message

from tests.lsp.harness import Editor

VALID = {"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": {"text": "Content-Length: 5\r\n\r\n{}"}}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
# Pieces of messages in any order find more than bytes do.
PIECES = st.sampled_from(
    [
        b"Content-Length: 5", b"Content-Length:", b"content-length: 90", b"Content-Length: 5\n", b"Content-Type: x\r\n",
        b"Content-Length: 2\r\n\r\n", b"Content-Length: 300\r\n", b"Content-Length: -1\r\n", b"Content-Le", b"\r\n",
        b"\r", b"\n", b"\r\n\r\n", b"{", b"}", b"{}", b'"', b"12", b"\0", b"\xff", b"x: y\r\n", b"x:", b"foo",
        b"Content-Length: 99999999999\r\n\r\n", b"[" * 2000,
    ]
)  # fmt: skip
NOISE = st.lists(PIECES | st.binary(max_size=20), max_size=6).map(b"".join)


class Dribble:
    """A stream that gives its bytes in pieces of given sizes, and counts them."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data = io.BytesIO(data)
        self._sizes = iter(sizes)
        self.most = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        self.most = max(self.most, size)
        return self._data.read(min(next(self._sizes, size), size))


def framed(value: Any, **layout: Any) -> bytes:
    """A message on the wire."""
    body = json.dumps(value, **layout).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def read(data: bytes) -> list[Message | Fault]:
    """What is in these bytes."""
    return list(framing.messages(io.BytesIO(data)))


def values(found: list[Message | Fault]) -> list[Any]:
    """The messages without the faults."""
    return [one.value for one in found if isinstance(one, Message)]


@settings(deadline=None)
@given(st.lists(VALUES, max_size=4), st.lists(st.integers(1, 30), max_size=40), st.sampled_from([None, 1]))
def test_messages_survive_any_cut_of_the_stream(sent: list[Any], sizes: list[int], indent: int | None) -> None:
    """However the bytes arrive, compact or laid out, the values are what was sent."""
    data = b"".join(framed(value, indent=indent) for value in sent)
    assert [value for value, _ in framing.messages(Dribble(data, sizes))] == sent


def test_headers_are_read_in_any_case_and_order() -> None:
    """Header names know no case, and a content type may come first."""
    assert read(b"content-type: application/vscode-jsonrpc; charset=utf-8\r\nCONTENT-LENGTH:2 \r\n\r\n{}") == [({}, 2)]


@pytest.mark.parametrize("rest", [b"Content-Len", b"Content-Length: 5\r\n\r\nab", b"Content-Length: 2\r\n"])
def test_a_stream_that_breaks_off_ends(rest: bytes) -> None:
    """What is cut short is neither a message nor a fault."""
    assert read(b"Content-Length: 2\r\n\r\n{}" + rest) == [({}, 2)]


ODD = {
    "no memory for it": (b"Content-Length: 99999999999\r\n\r\n{}", INVALID_REQUEST),
    "no number of the machine": (b"Content-Length: 10000000000000000000\r\n\r\n{}", INVALID_REQUEST),
    "one more than the limit": (b"Content-Length: %d\r\n\r\n{}" % (BODY_LIMIT + 1), INVALID_REQUEST),
    "too many digits": (b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", INVALID_REQUEST),
    "negative": (b"Content-Length: -5\r\n\r\n{}", INVALID_REQUEST),
    "signed": (b"Content-Length: +2\r\n\r\n{}", INVALID_REQUEST),
    "a fraction": (b"Content-Length: 2.0\r\n\r\n{}", INVALID_REQUEST),
    "hexadecimal": (b"Content-Length: 0x2\r\n\r\n{}", INVALID_REQUEST),
    "with a unit": (b"Content-Length: 2 bytes\r\n\r\n{}", INVALID_REQUEST),
    "a digit of another script": ("Content-Length: ²\r\n\r\n{}".encode(), INVALID_REQUEST),
    "no value": (b"Content-Length:\r\n\r\n{}", INVALID_REQUEST),
    "no length": (b"Content-Type: x\r\n\r\n{}", INVALID_REQUEST),
    "no header": (b"\r\n\r\n", INVALID_REQUEST),
    "one empty line": (b"\r\n", INVALID_REQUEST),
    "no colon": (b"Content-Length 2\r\n\r\n{}", INVALID_REQUEST),
    "a space before the colon": (b"Content-Length : 2\r\n\r\n{}", INVALID_REQUEST),
    "a name with an accent": ("Content-Léngth: 2\r\n\r\n{}".encode(), INVALID_REQUEST),
    "line feeds alone": (b"Content-Length: 2\n\n{}", INVALID_REQUEST),
    "carriage returns alone": (b"Content-Length: 2\r\r{}", INVALID_REQUEST),
    "a mixed line end": (b"Content-Length: 2\r\n\n{}", INVALID_REQUEST),
    "a request of HTTP": (b"POST / HTTP/1.1\r\nHost: x\r\n\r\n", INVALID_REQUEST),
    "no line end for long": (b"x" * (1 << 20), INVALID_REQUEST),
    "lines for long": (b"x: y\r\n" * (1 << 17), INVALID_REQUEST),
    "a body without a header": (b'{"jsonrpc": "2.0"}', INVALID_REQUEST),
    "an empty body": (b"Content-Length: 0\r\n\r\n", PARSE_ERROR),
    "too short": (b"Content-Length: 5\r\n\r\n" + framed(VALID), PARSE_ERROR),
    "too short by one": (b"Content-Length: 1\r\n\r\n{}", PARSE_ERROR),
    "too long": (b"Content-Length: 100000\r\n\r\n{}", PARSE_ERROR),
    "too long by one": (b"Content-Length: 3\r\n\r\n{}", PARSE_ERROR),
    "broken off within a header": (b"Content-Length: 5\r\nContent-Le", INVALID_REQUEST),
    "broken off within a body": (b'Content-Length: 90\r\n\r\n{"json', PARSE_ERROR),
    "no JSON": (b"Content-Length: 3\r\n\r\nabc", PARSE_ERROR),
    "a lone surrogate in UTF-8": (b'Content-Length: 5\r\n\r\n"\xed\xa0\x80"', PARSE_ERROR),
    "no UTF-8": (b'Content-Length: 3\r\n\r\n"\xff"', PARSE_ERROR),
    "UTF-16": (b"Content-Length: 4\r\n\r\n" + "{}".encode("utf-16-le"), PARSE_ERROR),
    "no number of JSON": (b"Content-Length: 3\r\n\r\nNaN", PARSE_ERROR),
    "no end of nesting": (framed(0)[:16] + b"200000\r\n\r\n" + b"[" * 100_000 + b"]" * 100_000, PARSE_ERROR),
    "a number of 6,000 digits": (b"Content-Length: 6000\r\n\r\n" + b"9" * 6000, PARSE_ERROR),
    "a raw line end in a string": (b'Content-Length: 4\r\n\r\n"\r\n"', PARSE_ERROR),
}  # fmt: skip


@pytest.mark.parametrize(("odd", "code"), ODD.values(), ids=ODD)
def test_what_is_no_message_is_a_fault_and_the_next_message_is_read(odd: bytes, code: int) -> None:
    """Each odd framing is reported with its code and nothing of its bytes; both messages after it are read."""
    first, *rest = read(odd + framed(VALID) + framed({"last": 1}))
    assert isinstance(first, Fault)
    assert first.code == code
    assert len(first.reason) < 100
    assert values(rest)[-2:] == [VALID, {"last": 1}]


@pytest.mark.parametrize(
    "odd", [b"Content-Length: 2\n\n{}", b"Content-Length: -5\r\n\r\n{}", b"Content-Length: 4\r\n\r\n{}"]
)
def test_a_client_that_never_gets_it_right_hears_of_it(odd: bytes) -> None:
    """The first fault is told at once, before anything else has come."""
    stream = framing.messages(Dribble(odd + b"Content-Length: 2\r\n", []))
    assert isinstance(next(stream), Fault)


@settings(deadline=None, max_examples=500)
@given(st.lists(NOISE, min_size=1, max_size=4), st.lists(st.integers(1, 40), max_size=60))
@example([b"Content-Length: 10\r\nfoo"], [])
@example([b"Content-Length: 77\r\nFoo", b"x:"], [1] * 60)
@example([b"Content-Length: 300\r\n!"], [])
@example([b"Content-Length: 20\r\n\r\n{"], [30, 1, 1, 1])
def test_noise_between_messages_hides_none(noise: list[bytes], sizes: list[int]) -> None:
    """Whatever stands before and between them, and however it is cut: all messages are read, in order."""
    sent = [{**VALID, "id": number} for number in range(len(noise))]
    data = b"".join(some + framed(value) for some, value in zip(noise, sent, strict=True))
    found = values(list(framing.messages(Dribble(data, sizes))))
    assert [value for value in found if value in sent] == sent


@pytest.mark.parametrize("piece", [b"x", b"x\r\n", b"a: b\r\n", b"Content-Length: ", b"Content-Length: 5\r", b"\n"])
def test_noise_takes_neither_memory_nor_more_than_one_look(piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what is skipped next to nothing is kept, and twice as much noise means twice as much to search through."""

    def searched(size: int) -> int:
        seen = 0
        real = framing._LENGTH

        class Counting:
            @staticmethod
            def search(data: bytearray, start: int = 0) -> Any:
                nonlocal seen
                seen += len(data) - start
                assert len(data) < 3 * (HEADER_LIMIT + framing._CHUNK)
                return real.search(data, start)

        monkeypatch.setattr(framing, "_LENGTH", Counting)
        found = read(piece * (size // len(piece)) + framed({"last": 1}))
        monkeypatch.setattr(framing, "_LENGTH", real)
        assert len(found) == 2
        return seen

    assert searched(4 << 20) < 2.1 * searched(2 << 20)


def test_a_stream_is_asked_for_no_more_than_it_can_give() -> None:
    """A length makes the server set aside a bounded piece of memory: the rest is asked for once it comes."""
    stream = Dribble(b"Content-Length: %d\r\n\r\n{}" % BODY_LIMIT, [])
    assert list(framing.messages(stream)) == []
    assert stream.most <= 1 << 20


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.lists(NOISE, min_size=1, max_size=4))
def test_noise_between_requests_leaves_none_without_an_answer(noise: list[bytes]) -> None:
    """Whatever a client sends before a request, the request is answered, and the session ends as ever."""
    with Editor(None) as editor:
        for some in noise:
            editor.send_bytes(some)
            assert editor.messages() == []
    assert editor.exit_code == 0
