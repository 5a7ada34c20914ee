"""The messages in a stream of bytes (Language Server Protocol 3.17, "Base Protocol"), whatever else is in it.

What is no message is reported once, and reading goes on at the next header. That works out since JSON has no raw line
end within a string: where a header line begins, a message begins.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER_LIMIT = 8192
"""How many bytes a header may have; clients send some 30."""
BODY_LIMIT = 1 << 28
"""How many bytes a message may have: a text as large as editors open, with every character escaped."""
PARSE_ERROR = -32700
INVALID_REQUEST = -32600

_CHUNK = 1 << 16
_MOST_AT_ONCE = 1 << 20
"""A stream sets aside as many bytes as it is asked for."""
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NUMBER = re.compile(rb"[0-9]{1,18}")
_LENGTH = re.compile(rb"[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ll][Ee][Nn][Gg][Tt][Hh]:[ \t]{0,8}[0-9]{1,18}[ \t]{0,8}\r?\n")
_LONGEST = 64
"""More bytes than `_LENGTH` can match."""


class Reader(Protocol):
    """An unbuffered stream: `read` returns what is available, up to `size` bytes, and nothing at the end."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes; empty or None at the end of the stream."""


class Message(NamedTuple):
    """A message: any JSON value, and how many bytes it had."""

    value: Any
    size: int


class Fault(NamedTuple):
    """Why something is not a message: a JSON-RPC code, and a text that quotes nothing of the input."""

    code: int
    reason: str


def messages(stream: Reader) -> Iterator[Message | Fault]:
    """The messages in `stream`, until it ends.

    A message is header lines, an empty line, and as many bytes of JSON in UTF-8 as `Content-Length` says; header names
    are read in any case. Each stretch of anything else is one fault.
    """
    incoming = _Incoming(stream)
    while True:
        try:
            yield incoming.message()
        except EOFError:
            return
        except _BrokenError as broken:
            yield broken.fault
            try:
                incoming.skip(broken.resume)
            except EOFError:
                return


class _BrokenError(Exception):
    """What has come so far begins with no message; one can begin from `resume` on, in bytes."""

    def __init__(self, code: int, reason: str, resume: int) -> None:
        super().__init__(reason)
        self.fault = Fault(code, reason)
        self.resume = resume


class _Incoming:
    """The bytes received and not yet consumed."""

    def __init__(self, stream: Reader) -> None:
        self._stream = stream
        self._data = bytearray()

    def message(self) -> Message:
        """Take the message that is next. Raises _BrokenError, with nothing taken, and EOFError."""
        length, start, resume = self._header()
        end = start + length
        self._wait_for_body(start, end, resume)
        try:
            value = json.loads(self._data[start:end].decode(), parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise _BrokenError(PARSE_ERROR, "a message is not valid JSON in UTF-8", resume) from None
        del self._data[:end]
        return Message(value, length)

    def skip(self, start: int) -> None:
        """Drop what has come and comes, up to the first length in a header from `start` on. Raises EOFError."""
        del self._data[:start]
        while (found := _LENGTH.search(self._data)) is None:
            del self._data[:-_LONGEST]
            self._more()
        del self._data[: found.start()]

    def _header(self) -> tuple[int, int, int]:
        """The length of a message, where it starts, and from where on another can begin if this is none."""
        at, resume = 0, 1
        length = None
        while (line := self._line(at, resume)) != b"\r\n":
            name, colon, value = line.partition(b":")
            # A header that breaks off runs into the next one.
            if not colon or not line.endswith(b"\r\n") or not _NAME.fullmatch(name) or _LENGTH.search(line, 1):
                raise _BrokenError(INVALID_REQUEST, "a header line is not `Name: value` with CR LF at its end", resume)
            if name.lower() == b"content-length":
                if not _NUMBER.fullmatch(value.strip()):
                    raise _BrokenError(INVALID_REQUEST, "a Content-Length is not a number of bytes", resume)
                length, resume = int(value), at + 1
            at += len(line)
        if length is None:
            raise _BrokenError(INVALID_REQUEST, "a header has no Content-Length", resume)
        if length > BODY_LIMIT:
            reason = f"a Content-Length is over the limit of {BODY_LIMIT:,} bytes"
            raise _BrokenError(INVALID_REQUEST, reason, resume)
        return length, at + len(line), resume

    def _line(self, start: int, resume: int) -> bytes:
        """The header's line that starts there, with its end."""
        checked = start
        while (end := self._data.find(b"\n", checked, HEADER_LIMIT)) < 0:
            checked = len(self._data)
            if checked >= HEADER_LIMIT:
                raise _BrokenError(INVALID_REQUEST, f"a header is over the limit of {HEADER_LIMIT:,} bytes", resume)
            self._more()
        return bytes(self._data[start : end + 1])

    def _wait_for_body(self, start: int, end: int, resume: int) -> None:
        checked = start
        while (have := len(self._data)) < end:
            # Few bodies have a line end at all, and to look for one costs next to nothing.
            if self._data.find(b"\n", checked) >= 0 and _LENGTH.search(self._data, max(start, checked - _LONGEST)):
                raise _BrokenError(PARSE_ERROR, "a message is shorter than its Content-Length", resume)
            checked = have
            self._more(end - have)

    def _more(self, wanted: int = 0) -> None:
        chunk = self._stream.read(min(max(wanted, _CHUNK), _MOST_AT_ONCE))
        if not chunk:
            raise EOFError
        self._data += chunk


def _refuse(_constant: str) -> NoReturn:
    """Python would read NaN and Infinity, which JSON does not have."""
    raise ValueError("no JSON")
