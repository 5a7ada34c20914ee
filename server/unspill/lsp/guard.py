"""The boundary of the server: the protocol's lifecycle, and that no error or log carries a document's text out.

pygls puts an exception's message and traceback into the response, shows it to the user, and logs whole messages. Here
an error leaves as a correlation id; the log has the exception's class and where it was raised. pygls also answers
requests before `initialize`, leaves those after `shutdown` without an answer, and takes any nested `"jsonrpc"` for an
envelope.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import traceback
from typing import TYPE_CHECKING, Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcServerNotInitialized,
)
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unspill.lsp.session import Session

log = logging.getLogger("unspill.lsp")

# pygls would keep documents of its own, whose lines end at form feeds, beside ours.
_OURS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS,
)


class Protocol(LanguageServerProtocol):
    """pygls' protocol with the lifecycle of the specification and a closed mouth."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._initialized = False
        self._out: BinaryIO | None = None
        self._finish: Callable[[], None] = lambda: None

    def connect(self, writer: BinaryIO, finish: Callable[[], None]) -> None:
        """Write to `writer` from now on, and call `finish` when the session is over."""
        self._out = writer
        self._finish = finish

    @property
    def is_shut_down(self) -> bool:
        """Whether the client has asked for `shutdown`."""
        return self._shutdown

    def finish(self) -> None:
        """End the session."""
        self._finish()

    def receive(self, body: bytes) -> None:
        """Handle one message: a JSON object in UTF-8. Answers what cannot be handled; never raises."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            self._refuse(JsonRpcParseError())
            return
        if not isinstance(message, dict):
            self._refuse(JsonRpcInvalidRequest())
            return
        method, message_id = message.get("method"), message.get("id")
        log.debug("received %s %s, %d bytes", method or "response", message_id, len(body))
        if method == types.EXIT:
            self.finish()
            return
        try:
            with boundary(str(method)):
                if method is not None:
                    self._check(method)
                self.handle_message(self.structure_message(message))
        except JsonRpcException as error:
            if method is not None and message_id is not None:
                self._send_response(message_id, error=error.to_response_error())
            else:
                log.info("ignored %s: %s", method or "response", type(error).__name__)

    def _refuse(self, error: JsonRpcException) -> None:
        """Answer what has no id. lsprotocol would leave the id out, where JSON-RPC wants null."""
        self._send_data({"jsonrpc": self.VERSION, "id": None, "error": {"code": error.code, "message": error.message}})

    def _check(self, method: str) -> None:
        """Raises a JsonRpcException if the method may not be called now, or not at all."""
        if self._shutdown:
            raise JsonRpcInvalidRequest("the server is shutting down")
        if method == types.INITIALIZE:
            if self._initialized:
                raise JsonRpcInvalidRequest("the server is initialized already")
            self._initialized = True
        elif not self._initialized:
            raise JsonRpcServerNotInitialized("the server is not initialized")
        if method != types.CANCEL_REQUEST:
            self._get_handler(method)

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()  # type: ignore[no-untyped-call]  # pygls leaves it without types
        for method in _OURS:
            del self.fm.builtin_features[method]

    def _send_data(self, data: Any) -> None:
        with boundary("a message to the client"):
            body = json.dumps(data, default=self._serialize_message, separators=(",", ":")).encode()
        log.debug("sent %s %s, %d bytes", getattr(data, "method", "response"), getattr(data, "id", None), len(body))
        if self._out is None:
            return
        try:
            self._out.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self._out.flush()
        except (OSError, ValueError):  # the client is gone, or the stream closed
            self.finish()

    def _send_response(self, msg_id: str | int, result: Any = None, error: types.ResponseError | None = None) -> None:
        if error is not None and error.code == JsonRpcInternalError.CODE and error.data is not None:
            # One of pygls' own: the message is the exception's, the data a traceback.
            error = internal_error(None, "pygls").to_response_error()
        super()._send_response(msg_id, result, error)


class Server(LanguageServer):
    """A pygls server with its session, which keeps errors to itself."""

    protocol: Protocol
    session: Session

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Say nothing to the client: `guarded` has logged the error, and reporting a broken pipe would never end."""


def guarded(session: Session, handler: Callable[..., Any], method: str) -> Callable[..., Any]:
    """`handler` with its session filled in, and behind the boundary."""
    guard: Callable[..., Any]
    if asyncio.iscoroutinefunction(handler):

        async def run_async(*params: Any) -> Any:
            with boundary(method):
                return await handler(session, *params)

        guard = run_async
    else:

        def run(*params: Any) -> Any:
            with boundary(method):
                return handler(session, *params)

        guard = run
    # By its annotations pygls tells whether a handler wants the server, and before Python 3.11 it stumbles over `Any`.
    guard.__annotations__ = {}
    return guard


@contextlib.contextmanager
def boundary(where: str) -> Iterator[None]:
    """What is raised within leaves as a correlation id. A JsonRpcException passes: the client is meant to read it."""
    try:
        yield
    except JsonRpcException:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, its message may hold text of a document
        raise internal_error(error, where) from None


def internal_error(error: BaseException | None, where: str) -> JsonRpcInternalError:
    """The error that a client gets in place of `error`, which is logged under the same id."""
    return JsonRpcInternalError(f"internal error {report(error, where)}, see the log of unspill")


def report(error: BaseException | None, where: str) -> str:
    """Log that `error` happened, without its message, and give the correlation id."""
    correlation = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    places = " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    kind = "unknown" if error is None else type(error).__name__
    log.error("internal error %s in %s: %s at %s", correlation, where, kind, places)
    return correlation


def on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop's handler of last resort; asyncio's own would log the arguments of callbacks."""
    report(context.get("exception"), "a task")


def silence_pygls() -> None:
    """Let nothing of pygls' log out: it logs whole messages."""
    logging.getLogger("pygls").propagate = False
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)


def log_to_stderr(*, debug: bool) -> None:
    """Our own log goes to standard error; with `debug`, each message's method, id and size too."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.DEBUG if debug else logging.WARNING)
