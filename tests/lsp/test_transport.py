"""The wire: framing, and the end of a session."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill.lsp import transport

from tests.lsp.harness import Editor


class Dribble:
    """A stream that gives its bytes in pieces of given sizes."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data = io.BytesIO(data)
        self._sizes = iter(sizes)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        return self._data.read(min(next(self._sizes, size), size))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=4), st.lists(st.integers(1, 30), max_size=40))
def test_messages_survive_any_cut_of_the_stream(bodies: list[bytes], sizes: list[int]) -> None:
    """However the bytes arrive, the bodies are what was sent."""
    sent = b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies)
    assert list(transport.messages(Dribble(sent, sizes))) == bodies


def test_headers_are_read_in_any_case_and_order() -> None:
    """Header names know no case, and a content type may come first."""
    sent = b"content-type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length: 2\r\n\r\n{}"
    assert list(transport.messages(io.BytesIO(sent))) == [b"{}"]


@pytest.mark.parametrize("rest", [b"Content-Len", b"Content-Length: 5\r\n\r\nab", b"Content-Length: x\r\n\r\n"])
def test_a_stream_that_breaks_off_ends(rest: bytes) -> None:
    """What is cut short is no message."""
    assert list(transport.messages(io.BytesIO(b"Content-Length: 2\r\n\r\n{}" + rest))) == [b"{}"]


def test_the_end_of_the_stream_ends_the_server() -> None:
    """A client that just goes leaves no server behind; the exit code says that it said nothing."""
    with Editor(None) as editor:
        editor.hang_up()
    assert editor.exit_code == 1


def test_a_proper_end_is_exit_code_zero() -> None:
    """`shutdown` and `exit` end the server with 0."""
    with Editor(None) as editor:
        pass
    assert editor.exit_code == 0


def test_exit_without_shutdown_is_exit_code_one() -> None:
    """`exit` alone ends the server with 1, as the specification has it."""
    with Editor(None) as editor:
        editor.notify("exit")
        editor.hang_up()
    assert editor.exit_code == 1


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not watched there")
async def test_the_end_of_the_clients_process_is_noticed() -> None:
    """A process that is there keeps the watch going; one that is gone ends it."""
    gone = asyncio.Event()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    watching = asyncio.ensure_future(transport.watch(child.pid, gone.set, seconds=0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not gone.is_set()
    child.communicate(b"\n")
    await asyncio.wait_for(watching, 60)
    assert gone.is_set()
