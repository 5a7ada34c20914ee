"""Worker processes that may die: answers are in the order of the items, and an item that kills its worker has none.

Each worker has its own pipe. One that dies, for whatever reason, is replaced, and its batch is halved until the item
that kills a worker on its own is known. The others are done again.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from unspill.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4
"""Batches for each worker that are on their way: enough that none waits, few enough that little is held."""
_AT_HAND = 2
"""Batches that a worker has: one that it is at, and the next one."""
_GRACE = 1.0
"""Seconds that a worker has to end when it is asked to."""
_STARTS = 3
"""How often in a row workers may die before they are ready: then none will ever be."""
_NO_WORKERS = "worker processes cannot be started ({}): run with --jobs 1"


@dataclass(frozen=True)
class Staff(Generic[T, R]):
    """Who does the work, and how."""

    make: Callable[..., Callable[[T], R]]
    """Called once in each worker; what it returns answers the items. Exceptions of either end the whole."""
    arguments: tuple[Any, ...]
    """Of `make`."""
    lost: Callable[[T, str], R]
    """Answers an item, in this process, that killed its worker; it is given how that ended ("signal 11")."""
    processes: int
    context: BaseContext
    """How processes are started. A fork shares what is loaded here, which is not pickled."""


def answers(batches: Iterable[Sequence[T]], staff: Staff[T, R]) -> Generator[R, None, None]:
    """The answer to each item, in order; `batches` are read no further than needed.

    The workers end with the iteration, however it ends, and with this process. Raises what the work raises, and
    UserError if no worker can be started.
    """
    supervisor = _Supervisor(staff)
    try:
        supervisor.start()
        for batch in batches:
            supervisor.add(batch)
            while supervisor.is_full:
                yield from supervisor.next()
        while supervisor.is_busy:
            yield from supervisor.next()
    finally:
        supervisor.close()


class _Task(Generic[T, R]):
    """A batch on its way."""

    def __init__(self, items: Sequence[T], deaths: int = 0) -> None:
        self.items = items
        self.deaths = deaths
        """How many workers have died of it, or of a batch that it was part of."""
        self.answers: list[R] | None = None


class _WorkerProcess(Generic[T, R]):
    """A process, the parent's end of its pipe, and what it has to do, in order."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.tasks: deque[_Task[T, R]] = deque()
        self.is_ready = False


class _Supervisor(Generic[T, R]):
    def __init__(self, staff: Staff[T, R]) -> None:
        self._staff = staff
        self._order: deque[_Task[T, R]] = deque()
        """Every task that is not handed out, by its place in the input."""
        self._todo: deque[_Task[T, R]] = deque()
        self._suspects: deque[_Task[T, R]] = deque()
        """What a worker has died at. They are done one at a time: it may have been for want of memory."""
        self._failed_starts = 0
        self._workers: list[_WorkerProcess[T, R]] = []

    @property
    def is_busy(self) -> bool:
        return bool(self._order)

    @property
    def is_full(self) -> bool:
        return len(self._order) > self._staff.processes * _AHEAD

    def start(self) -> None:
        """Start the workers."""
        while len(self._workers) < self._staff.processes:
            self._workers.append(self._hire())

    def add(self, items: Sequence[T]) -> None:
        """Something to do, after all that was added before."""
        task = _Task[T, R](items)
        self._order.append(task)
        self._todo.append(task)
        self._hand_out()

    def next(self) -> list[R]:
        """The answers of the first task, waited for."""
        while (found := self._order[0].answers) is None:
            pipes = {worker.pipe: worker for worker in self._workers}
            for ready in connection.wait(list(pipes)):
                self._listen(pipes[ready])  # type: ignore[index]  # it waits for sockets and handles, too
            self._hand_out()
        self._order.popleft()
        return found

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_GRACE)
            worker.process.kill()  # it may have been asked before it was ready to hear
            worker.process.join()
            worker.pipe.close()

    def _hire(self) -> _WorkerProcess[T, R]:
        ours, its = self._staff.context.Pipe()
        # A fork inherits the other pipes: open there, they would outlive this process.
        inherited = (ours, *(worker.pipe for worker in self._workers)) if _forks(self._staff.context) else ()
        arguments = (its, inherited, self._staff.make, self._staff.arguments)
        process = self._staff.context.Process(target=_serve, args=arguments, daemon=True)  # type: ignore[attr-defined]
        try:
            process.start()
        except OSError as error:
            raise UserError(_NO_WORKERS.format(error.strerror)) from None
        its.close()
        return _WorkerProcess(process, ours)

    def _hand_out(self) -> None:
        busy = [worker.tasks[0] for worker in self._workers if worker.tasks]
        if self._suspects and not busy:
            self._give(self._workers[0], self._suspects.popleft())
        if self._suspects or any(task.deaths for task in busy):
            return
        for at_hand in range(_AT_HAND):
            for worker in self._workers:
                if self._todo and len(worker.tasks) == at_hand:
                    self._give(worker, self._todo.popleft())

    def _give(self, worker: _WorkerProcess[T, R], task: _Task[T, R]) -> None:
        worker.tasks.append(task)
        with suppress(OSError):  # it has died, which the next read of its pipe shows
            worker.pipe.send(task.items)

    def _listen(self, worker: _WorkerProcess[T, R]) -> None:
        try:
            said = worker.pipe.recv()
        except (EOFError, OSError):
            self._replace(worker)
            return
        if isinstance(said, Exception):
            raise said
        if worker.is_ready:
            worker.tasks.popleft().answers = said
        else:
            worker.is_ready = True
            self._failed_starts = 0

    def _replace(self, worker: _WorkerProcess[T, R]) -> None:
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        if not worker.is_ready:
            self._failed_starts += 1
        elif worker.tasks:
            self._suspect(worker.tasks.popleft(), worker.process.exitcode or 0)
        self._todo.extendleft(reversed(worker.tasks))
        if self._failed_starts >= _STARTS:
            raise UserError(_NO_WORKERS.format(end(worker.process.exitcode or 0)))
        self._workers.append(self._hire())

    def _suspect(self, task: _Task[T, R], code: int) -> None:
        """Halve a task that its worker has died at; one item has killed it if it is not the first time."""
        items, deaths = task.items, task.deaths + 1
        if len(items) == 1 and deaths > 1:
            task.answers = [self._staff.lost(items[0], end(code))]
            return
        half = len(items) // 2
        parts = [_Task[T, R](part, deaths) for part in (items[:half], items[half:]) if part]
        at = self._order.index(task)
        del self._order[at]
        for part in reversed(parts):
            self._order.insert(at, part)
        self._suspects.extendleft(reversed(parts))


def _forks(context: BaseContext) -> bool:
    return context.get_start_method() == "fork"


def end(code: int) -> str:
    """How a process has ended, by its exit code as `multiprocessing` has it."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _serve(
    pipe: Connection, inherited: Sequence[Connection], make: Callable[..., Callable[[T], R]], arguments: tuple[Any, ...]
) -> None:
    """What a worker does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in inherited:
        other.close()
    batches: queue.SimpleQueue[Sequence[T]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, batches), daemon=True).start()
    try:
        work = make(*arguments)
        pipe.send(None)
        while True:
            pipe.send([work(item) for item in batches.get()])
    except Exception as error:  # noqa: BLE001 - the parent raises it
        pipe.send(error)


def _receive(pipe: Connection, batches: queue.SimpleQueue[Sequence[T]]) -> None:
    """Take batches as they come, so that the parent never waits to be heard; the worker ends with the parent."""
    with suppress(EOFError, OSError):
        while True:
            batches.put(pipe.recv())
    os._exit(1)
