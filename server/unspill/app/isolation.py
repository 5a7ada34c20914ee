"""Runs work in a separate process: what kills that process is an answer here.

libgit2 maps the files of a repository and trusts some of their tables, so that a damaged one can crash it (a pack's
index) or, as a file that is cut off meanwhile, always will. No check beforehand helps against that.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, TypeVar

from unspill.app.supervisor import end
from unspill.errors import frames

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def isolated(work: Callable[[], R], crashed: Callable[[str], R]) -> R:
    """What `work` returns or raises, which must pickle; or what `crashed` makes of how it ended ("signal 11").

    What `work` changes in memory stays behind in its process. An interruption, however it comes, is one of `work`; the
    second one ends it, and is raised here. Where processes do not fork, or other threads run, which a fork would lose,
    `work` is done in this process.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return work()
    _flush()
    reading, writing = os.pipe()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    child = os.fork()
    if child == 0:
        os.close(reading)
        _answer(work, writing, blocked)
    os.close(writing)
    try:
        said = _heard(reading, child, blocked)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(reading)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        return crashed(end(code))
    is_error, answer = pickle.loads(said)  # noqa: S301 - from our own child
    if is_error:
        raise answer
    result: R = answer
    return result


def _heard(reading: int, child: int, blocked: set[int]) -> bytes:
    """All output of the child until it ends. `blocked` are the signals that were blocked before it was started."""
    parts = []
    is_interrupted = False
    while True:
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)  # here, what came meanwhile is passed on
            while part := os.read(reading, 1 << 20):
                parts.append(part)
            return b"".join(parts)
        except KeyboardInterrupt:
            if is_interrupted:
                raise
            is_interrupted = True
            os.kill(child, signal.SIGTERM)


def _answer(work: Callable[[], object], writing: int, blocked: set[int]) -> NoReturn:
    """Do the work in the child."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both: the parent passes it on
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            said = pickle.dumps((False, work()))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the parent raises it
            error.frames = frames(error)  # type: ignore[union-attr]  # a traceback does not pickle
            said = pickle.dumps((True, error))
        _flush()
        with os.fdopen(writing, "wb") as stream:
            stream.write(said)
        code = 0
    finally:
        os._exit(code)  # nothing that the parent has begun is ended here


def _flush() -> None:
    """What is written so far is written once."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or none
            stream.flush()
