"""Child processes that try inputs: what crashes or hangs there is a failure like any other, and leaves its input here.

An input is tried in a process that may die of it. The process is given so much processor time for each input, not so
much time: a busy machine makes nothing fail. Only one that waits without end is ended by a clock.
"""

from __future__ import annotations

import faulthandler
import importlib
import multiprocessing
import os
import re
import resource
import signal
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

PATIENCE = 10.0
"""Seconds of processor time that one input may take."""
STANDSTILL = 180.0
"""Seconds after which a process is ended that uses no processor time either."""
_MEMORY = 4 << 30
_TRIES = (16, 400)
_EFFORT = 30.0
"""Processor seconds that go into making an input small, about; there is a least and a most number of tries."""
_FRAME = re.compile(r'File ".*/(unspill|tests)/([^"]+)", line \d+,? in (\w+)')


class Result(NamedTuple):
    """What became of an input: how it failed ("" if it did not), more about that, and processor seconds."""

    failure: str = ""
    detail: str = ""
    seconds: float = 0.0


class Child:
    """A process that tries inputs, one after the other, and is replaced when it dies."""

    def __init__(self, targets: str = "tests.fuzz.targets", patience: float = PATIENCE) -> None:
        """`targets` is the module that has `TARGETS`."""
        self._setting = (targets, patience)
        self._start()

    def begin(self, target: str, case: bytes) -> None:
        """Let the process try an input; `finish` says what became of it."""
        self.connection.send((target, case))

    def finish(self) -> Result:
        """What became of the input. Waits for it."""
        try:
            if self.connection.poll(STANDSTILL):
                result: Result = self.connection.recv()
                if result.failure:  # who knows in what state it is
                    self.replace()
                return result
        except (EOFError, ConnectionError):
            pass
        self._process.join(1)
        code = self._process.exitcode
        self._log.seek(0)
        words = self._log.read()
        self.replace()
        if code is None:
            return Result("hangs, waiting", words)
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        kind = "takes too long" if code == -signal.SIGPROF else f"dies of {name}"
        seconds = self._setting[1] if code == -signal.SIGPROF else 0.0
        return Result(f"{kind} {_innermost(words, last=False)}", words, seconds)

    def run(self, target: str, case: bytes) -> Result:
        """Try an input."""
        self.begin(target, case)
        return self.finish()

    def replace(self) -> None:
        """End the process, and start another one."""
        self.close()
        self._start()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()
        self._log.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.fuzz.warm"])
        self._log = tempfile.NamedTemporaryFile("r", encoding="utf-8", errors="replace")  # noqa: SIM115  # closed with the process
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_serve, args=(theirs, self._log.name, *self._setting), daemon=True
        )
        self._process.start()
        theirs.close()


def minimised(child: Child, target: str, case: bytes, result: Result) -> bytes:
    """A smaller input that fails in the same way: lines are left out, then characters."""
    least, most = _TRIES
    tries = max(least, min(most, int(_EFFORT / (result.seconds + 0.01))))

    def fails(parts: Sequence[bytes]) -> bool:
        return child.run(target, b"".join(parts)).failure == result.failure

    lines = ddmin(case.splitlines(keepends=True), fails, tries)
    characters = b"".join(lines).decode("utf-8", "surrogateescape")
    return b"".join(ddmin([char.encode("utf-8", "surrogateescape") for char in characters], fails, tries))


def ddmin(parts: Sequence[bytes], fails: Callable[[Sequence[bytes]], bool], tries: int) -> Sequence[bytes]:
    """The parts that are needed for `fails` to hold, as far as leaving some out tells in so many tries (Zeller)."""
    size = max(1, len(parts) // 2)
    while size:
        at = 0
        while at < len(parts):
            if not tries:
                return parts
            tries -= 1
            fewer = [*parts[:at], *parts[at + size :]]
            if fails(fewer):
                parts = fewer
            else:
                at += size
        size //= 2
    return parts


def _serve(connection: Connection, log: str, module: str, patience: float) -> None:
    targets = importlib.import_module(module).TARGETS
    with open(log, "w", encoding="utf-8") as file:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        faulthandler.enable(file)
        faulthandler.register(signal.SIGPROF, file, chain=True)  # then it dies: that is what the signal usually does
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the process ends
        while True:
            target, case = connection.recv()
            before = sum(os.times()[:4])
            signal.setitimer(signal.ITIMER_PROF, patience)
            failure, detail = _attempt(targets[target].check, case)
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.send(Result(failure, detail, sum(os.times()[:4]) - before))
            if failure:
                os._exit(0)  # threads of a server may hang


def _attempt(check: Callable[[bytes], None], case: bytes) -> tuple[str, str]:
    try:
        check(case)
    except BaseException as error:  # noqa: BLE001  # whatever it is, it is what we look for
        words = traceback.format_exc()
        about = f": {error}" if isinstance(error, AssertionError) else ""
        return f"{type(error).__name__}{about} {_innermost(words)}", words
    return "", ""


def _innermost(words: str, *, last: bool = True) -> str:
    """Where in our own code a traceback ends; faulthandler's begin there."""
    frames: list[tuple[str, str, str]] = _FRAME.findall(words)
    ours = [frame for frame in frames if frame[0] == "unspill"] or frames
    if not ours:
        return ""
    _, file, function = ours[-1 if last else 0]
    return f"in {file}:{function}"
