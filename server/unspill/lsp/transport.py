"""Two byte streams and the loop between them.

A thread of our own reads whole messages: a pygls reader crosses from thread to loop for every header line, and a full
worker pool stops it altogether.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import socket
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO

from unspill.errors import UserError
from unspill.lsp import guard
from unspill.lsp.framing import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.lsp.framing import Fault, Message, Reader
    from unspill.lsp.guard import Server

_WATCH_SECONDS = 5.0
_END_SECONDS = 1.0


def run(server: Server, reader: Reader, writer: BinaryIO, overdue: Callable[[], object] = lambda: None) -> int:
    """Serve one client until it sends `exit`, its stream ends, or its process is gone. Returns the exit code.

    The code is 0 if the client asked for `shutdown` before, else 1 (as the protocol has it). `overdue` is called on
    another thread if the session is not over soon after the stream has ended: it may be writing to a client that reads
    nothing any more.
    """
    over = threading.Event()
    try:
        return asyncio.run(_run(server, reader, writer, lambda: over.wait(_END_SECONDS) or overdue()))
    finally:
        over.set()


async def _run(server: Server, reader: Reader, writer: BinaryIO, ended: Callable[[], object]) -> int:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(guard.on_loop_error)
    finished: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not finished.done():
            finished.set_result(None)

    def read() -> None:
        _pump(reader, loop, server.protocol.receive, finish)
        ended()

    server.protocol.connect(writer, finish)
    threading.Thread(target=read, name="unspill-reader", daemon=True).start()
    await finished
    return 0 if server.protocol.is_shut_down else 1


def _pump(
    reader: Reader,
    loop: asyncio.AbstractEventLoop,
    receive: Callable[[Message | Fault], None],
    finish: Callable[[], None],
) -> None:
    """Forward the input, and end the session when it ends, for whatever reason: it would hear nothing more."""
    try:
        for message in messages(reader):
            loop.call_soon_threadsafe(receive, message)
    except OSError:
        pass  # the client is gone
    except Exception as error:  # noqa: BLE001  # out of memory, say
        if not loop.is_closed():  # else the client sent `exit` while this thread was reading
            guard.report(error, "reading from the client")
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(finish)


async def watch(process_id: int, finish: Callable[[], None], seconds: float = _WATCH_SECONDS) -> None:
    """Call `finish` once the process is gone, which is checked every so many seconds.

    An editor that was killed can leave its pipe open in a child. On Windows a pipe ends with its process, and
    `os.kill` would end the process that it checks.
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
