"""Two byte streams and the loop between them.

A thread of our own reads whole messages: a pygls reader crosses from thread to loop for every header line, and a full
worker pool stops it altogether.
"""

from __future__ import annotations

import asyncio
import io
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO, Protocol

from unspill.errors import UserError
from unspill.lsp import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unspill.lsp.guard import Server

_CHUNK = 1 << 16
_WATCH_SECONDS = 5.0


class Reader(Protocol):
    """An unbuffered stream: `read` gives what there is, up to `size` bytes, and nothing at the end."""

    def read(self, size: int, /) -> bytes | None:
        """Up to `size` bytes; empty or None at the end of the stream."""


def messages(stream: Reader) -> Iterator[bytes]:
    """The bodies of the messages in `stream`, until it ends.

    A message is header lines, an empty line, and as many bytes as `Content-Length` says (Language Server Protocol
    3.17, "Base Protocol"). Header names are read in any case; a header without a length is passed over.
    """
    buffer = bytearray()
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            chunk = stream.read(_CHUNK)
            if not chunk:
                return
            buffer += chunk
            continue
        length = _content_length(bytes(buffer[:end]))
        del buffer[: end + 4]
        if length is None:
            continue
        while len(buffer) < length:
            chunk = stream.read(max(_CHUNK, length - len(buffer)))
            if not chunk:
                return
            buffer += chunk
        yield bytes(buffer[:length])
        del buffer[:length]


def _content_length(header: bytes) -> int | None:
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None


def run(server: Server, reader: Reader, writer: BinaryIO) -> int:
    """Serve one client until it says `exit`, its stream ends, or its process is gone. Gives the exit code.

    The code is 0 if the client asked for `shutdown` before, else 1 (as the protocol has it).
    """
    return asyncio.run(_run(server, reader, writer))


async def _run(server: Server, reader: Reader, writer: BinaryIO) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(guard.on_loop_error)
    finished: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not finished.done():
            finished.set_result(None)

    server.protocol.connect(writer, finish)
    thread = threading.Thread(
        target=_pump, args=(reader, loop, server.protocol.receive, finish), name="unspill-reader", daemon=True
    )
    thread.start()
    await finished
    return 0 if server.protocol.is_shut_down else 1


def _pump(
    reader: Reader, loop: asyncio.AbstractEventLoop, receive: Callable[[bytes], None], finish: Callable[[], None]
) -> None:
    try:
        for message in messages(reader):
            loop.call_soon_threadsafe(receive, message)
        loop.call_soon_threadsafe(finish)
    except OSError:
        loop.call_soon_threadsafe(finish)
    except RuntimeError:
        pass  # the loop is closed: the client said `exit` while this thread was reading


async def watch(process_id: int, finish: Callable[[], None], seconds: float = _WATCH_SECONDS) -> None:
    """Call `finish` once the process is gone, which is looked at every so many seconds.

    An editor that was killed can leave its pipe open in a child. On Windows a pipe ends with its process, and
    `os.kill` would end the one it looks at.
    """
    if sys.platform == "win32":
        return
    while True:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            break
        except PermissionError:
            pass
        await asyncio.sleep(seconds)
    finish()


def stdio() -> tuple[Reader, BinaryIO]:
    """The process's own streams. What anything else writes to standard output goes to standard error from here on."""
    reader = io.FileIO(os.dup(0), "rb")
    writer = io.BufferedWriter(io.FileIO(os.dup(1), "wb"))
    sys.stdout.flush()
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return reader, writer


def tcp(host: str, port: int) -> tuple[Reader, BinaryIO]:
    """The streams of the first client that connects to `host` and `port` (0 takes a free one, named on stderr).

    Raises UserError for a port that is taken.
    """
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise UserError(f"--tcp: port {port} cannot be used: {error.strerror}; choose another") from None
    with listening as listener:
        sys.stderr.write(f"listening on {host}:{listener.getsockname()[1]}\n")
        sys.stderr.flush()
        connection, _ = listener.accept()
    return connection.makefile("rb", buffering=0), connection.makefile("wb")
