"""The boundary of the server: the protocol's lifecycle, and that no error or log carries a document's text out.

pygls puts an exception's message and traceback into the response, shows it to the user, and logs whole messages. Here
an error leaves as a correlation id; the log has the exception's class and where it was raised. pygls also repeats names
of methods and commands, and ids, in its errors, where here an error names what the server knows and quotes no word of
the client's; it answers requests before `initialize`, leaves those after `shutdown` without an answer, and takes any
nested `"jsonrpc"` for an envelope.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import traceback
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.protocol.json_rpc import JsonRPCResponseMessage

from unspill.lsp.framing import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from concurrent.futures import Future

    from unspill.lsp.framing import Message

log = logging.getLogger("unspill.lsp")

MOST_OPEN = 100
"""How many questions to the client may wait for an answer at once."""

# pygls would keep its own documents besides ours, and end their lines at form feeds.
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

    def receive(self, message: Message | Fault) -> None:
        """Handle what the client has sent. Answers what cannot be handled; never raises."""
        if isinstance(message, Fault):
            log.warning("refused: %s", message.reason)
            self._refuse(None, JsonRpcException(message.reason, message.code))
            return
        value, size = message
        message_id = _id_of(value)
        try:
            method = _method_of(value)
        except JsonRpcInvalidRequest as error:
            log.warning("refused: %s", error.message)
            self._refuse(message_id, error)
            return
        log.debug("received %s %s, %d bytes", _shown(method), _shown_id(message_id), size)
        try:
            with boundary(_shown(method)):
                if method is None:
                    self._take_answer(message_id, value)
                elif method == types.EXIT:
                    self.finish()
                else:
                    self._check(method, is_request=message_id is not None)
                    structured = self.structure_message(value)
                    # Not before: a client whose parameters were refused may try once more.
                    self._initialized = True
                    self.handle_message(structured)
        except JsonRpcException as error:
            if method is not None and message_id is not None:
                self._refuse(message_id, error)
            else:
                log.info("ignored %s: %s", _shown(method), type(error).__name__)

    def _refuse(self, message_id: str | int | None, error: JsonRpcException) -> None:
        """Answer with an error. lsprotocol would leave an id out that is not known, where JSON-RPC wants null."""
        answer = {"code": error.code, "message": error.message}
        self._send_data({"jsonrpc": self.VERSION, "id": message_id, "error": answer})

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message as a value of lsprotocol. Raises JsonRpcInvalidParams: what does not fit, the client has sent."""
        try:
            return super().structure_message(data)
        except JsonRpcInternalError:
            raise JsonRpcInvalidParams from None

    def send_request(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """Ask the client something. Of too many questions that it leaves open, the oldest counts as refused."""
        if len(self._result_types) >= MOST_OPEN:
            future = self._open(next(iter(self._result_types)))
            if future is not None:
                future.set_exception(JsonRpcException("the client has not answered"))
        return super().send_request(*args, **kwargs)

    def _execute_handler(
        self, msg_id: str | int, handler: Any, callback: Any, args: Any = None, kwargs: Any = None
    ) -> None:
        """As pygls does, which keeps what handlers of notifications gave, and parts of commands, for ever."""

        def done(future: Future[Any]) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, done, args, kwargs)

    def _take_answer(self, message_id: str | int | None, message: dict[str, Any]) -> None:
        """Resolve what was asked. An answer to nothing is passed over: a second one, or one that comes too late."""
        result_type = self._result_types.get(message_id or "")
        future = self._open(message_id)
        if future is None:
            return
        if message.get("error") is not None:
            result_type = types.ResponseErrorMessage
        try:
            answer = self._converter.structure({"result": None, **message}, result_type or JsonRPCResponseMessage)
        except Exception:  # noqa: BLE001  # cattrs raises groups of whatever went wrong
            future.set_exception(JsonRpcInvalidParams())
        else:
            error = getattr(answer, "error", None)
            if error is not None:
                future.set_exception(JsonRpcException.from_error(error))
            else:
                future.set_result(answer.result)

    def _open(self, message_id: str | int | None) -> Future[Any] | None:
        """Take the question with this id off the list; None if there is none, or nobody waits for the answer."""
        if message_id is None or message_id not in self._result_types:
            return None
        del self._result_types[message_id]
        future = self._request_futures.pop(message_id, None)
        return None if future is None or future.done() else future

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_: Any) -> Any:
        """`shutdown`: end what is under way. Its end takes it off pygls' list, which pygls goes through meanwhile."""
        self._shutdown = True
        for message_id, future in list(self._request_futures.items()):
            if message_id != self.msg_id:
                future.cancel()

    def _check(self, method: str, *, is_request: bool) -> None:
        """Raises a JsonRpcException if the method may not be called now, or not at all."""
        if self._shutdown:
            raise JsonRpcInvalidRequest("the server is shutting down")
        if method == types.INITIALIZE:
            if self._initialized:
                raise JsonRpcInvalidRequest("the server is initialized already")
        elif not self._initialized:
            raise JsonRpcServerNotInitialized("the server is not initialized")
        if is_request and method in types.METHOD_TO_TYPES and types.METHOD_TO_TYPES[method][1] is None:
            raise JsonRpcInvalidRequest("the method is a notification's: it has no answer, and takes no id")
        if method != types.CANCEL_REQUEST:
            self._get_handler(method)

    def _get_handler(self, feature_name: str) -> Any:
        try:
            return super()._get_handler(feature_name)
        except JsonRpcMethodNotFound:
            raise JsonRpcMethodNotFound("unknown method") from None

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Generator[Any, Any, Any]:
        """`workspace/executeCommand`: hand the arguments on as they are; each command checks its own."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"unknown command; the commands are {', '.join(sorted(self.fm.commands))}")
        return (yield handler, tuple(params.arguments or ()), {})

    def _register_builtin_features(self) -> None:
        super()._register_builtin_features()  # type: ignore[no-untyped-call]  # pygls leaves it without types
        for method in _OURS:
            del self.fm.builtin_features[method]

    def _send_data(self, data: Any) -> None:
        with boundary("a message to the client"):
            body = json.dumps(data, default=self._serialize_message, separators=(",", ":")).encode()
        shown_id = _shown_id(getattr(data, "id", None))
        log.debug("sent %s %s, %d bytes", getattr(data, "method", "response"), shown_id, len(body))
        if self._out is None:
            return
        try:
            self._out.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self._out.flush()
        except (OSError, ValueError):  # the client is gone, or the stream closed
            self.finish()

    def _send_response(self, msg_id: str | int, result: Any = None, error: types.ResponseError | None = None) -> None:
        if error is not None and error.code == JsonRpcRequestCancelled.CODE:
            error = JsonRpcRequestCancelled("the request was cancelled").to_response_error()
        if error is not None and error.code == JsonRpcInternalError.CODE and error.data is not None:
            # One of pygls' own: the message is the exception's, the data a traceback.
            error = internal_error(None, "pygls").to_response_error()
        super()._send_response(msg_id, result, error)


class Server(LanguageServer):
    """A pygls server that keeps errors to itself."""

    protocol: Protocol

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Send nothing to the client: `guarded` has logged the error, and reporting a broken pipe would never end."""


def guarded(session: object, handler: Callable[..., Any], method: str) -> Callable[..., Any]:
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


def _id_of(message: object) -> str | int | None:
    """The id of a message; None if it has none, or none that JSON-RPC knows."""
    found = message.get("id") if isinstance(message, dict) else None
    return found if isinstance(found, (str, int)) and not isinstance(found, bool) else None


def _method_of(message: object) -> str | None:
    """The method of a request or notification, None for an answer. Raises JsonRpcInvalidRequest for anything else."""
    if not isinstance(message, dict):
        raise JsonRpcInvalidRequest("a message is not an object")
    if message.get("jsonrpc") != LanguageServerProtocol.VERSION:
        raise JsonRpcInvalidRequest('"jsonrpc" is not "2.0"')
    method = message.get("method")
    if method is None and ("result" in message or "error" in message):
        return None
    if not isinstance(method, str):
        raise JsonRpcInvalidRequest('"method" is not a string')
    if "id" in message and _id_of(message) is None:
        raise JsonRpcInvalidRequest('"id" is neither a string nor an integer')
    return method


def _shown_id(message_id: str | int | None) -> str | int | None:
    """An id for the log: a string can be any text."""
    return "(a string)" if isinstance(message_id, str) else message_id


def _shown(method: str | None) -> str:
    """A method for the log, which quotes nothing from the client."""
    if method is None:
        return "an answer"
    return method if method in types.METHOD_TO_TYPES else "an unknown method"


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
    """Log that `error` happened, without its message, and return the correlation id."""
    correlation = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    places = " < ".join(f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    kind = "unknown" if error is None else type(error).__name__
    log.error("internal error %s in %s: %s at %s", correlation, where, kind, places)
    return correlation


def on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The loop's handler of last resort; asyncio's own would log the arguments of callbacks."""
    error = context.get("exception")
    if not isinstance(error, asyncio.CancelledError):  # with the session ends what is under way
        report(error, "a task")


def silence_pygls() -> None:
    """Let nothing of pygls' log out: it logs whole messages."""
    logging.getLogger("pygls").propagate = False
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)


def log_to(stream: TextIO, level: int) -> None:
    """Our own log goes to `stream`, from a level of `logging` on: at DEBUG, each message's method, id and size too."""
    logging.raiseExceptions = False  # a disk that is full is no reason for tracebacks
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(level)
