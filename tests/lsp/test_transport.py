"""The end of a session, whoever ends it and however."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from typing import Any

import pytest
from unspill.lsp import server, transport

from tests.lsp.harness import Editor


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


class Failing:
    """A stream that fails with an error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, _size: int) -> bytes:
        """Nothing."""
        raise self._error


@pytest.mark.parametrize("error", [MemoryError("hf_"), OverflowError("hf_"), RuntimeError("hf_"), ValueError("hf_")])
def test_a_server_that_cannot_read_any_more_ends(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong while it reads: it says which kind of error that was, and is not deaf but gone."""
    assert transport.run(server.build(), Failing(error), io.BytesIO()) == 1
    assert f"reading from the client: {type(error).__name__}" in caplog.text
    assert "hf_" not in caplog.text


def test_a_stream_that_breaks_is_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """An error of the stream itself means that the client is gone, which is nothing to report."""
    assert transport.run(server.build(), Failing(OSError("gone")), io.BytesIO()) == 1
    assert caplog.text == ""


def framed(**fields: object) -> bytes:
    """A message on the wire."""
    body = json.dumps({"jsonrpc": "2.0", **fields}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def exit_code(process: subprocess.Popen[bytes]) -> int:
    """How a process ends that is about to; one that is not is killed, so that a test fails and does not hang."""
    try:
        return process.wait(60)
    finally:
        process.kill()


HELLO = framed(id=1, method="initialize", params={"capabilities": {}, "processId": None, "rootUri": None})


def test_a_client_that_reads_nothing_leaves_no_server_behind() -> None:
    """A server whose answers fill the pipe is gone all the same once its input has ended."""
    code = "from unspill.cli import main; main(['server'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(HELLO + framed(id=2, method="no/such") * 5000)
        process.stdin.close()
        assert exit_code(process) == 1


def test_work_beside_the_loop_does_not_hold_up_the_end() -> None:
    """A scan that is under way is given up with the session: nobody is left to hear of its result."""
    code = (
        "import sys, time\n"
        "from unspill.cli import main\n"
        "from unspill.lsp.analysis import Analyser\n"
        "Analyser.look = lambda *_: sys.stderr.write('looking\\n') and sys.stderr.flush() or time.sleep(3600)\n"
        "main(['server'])\n"
    )
    item = {"uri": "untitled:x", "languageId": "python", "version": 1, "text": "x = 1\n" * 300_000}
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(HELLO + framed(method="textDocument/didOpen", params={"textDocument": item}))
        process.stdin.flush()
        assert process.stderr.readline() == b"looking\n"
        process.stdin.write(framed(id=2, method="shutdown") + framed(method="exit"))
        process.stdin.flush()
        assert exit_code(process) == 0
