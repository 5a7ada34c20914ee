"""Worker processes under supervision: order is kept, nothing is lost, and what kills its worker is left out alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill.app import supervisor
from unspill.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and forks as Linux has them")


def crash() -> None:
    """End this process as a crash does, which pytest's own handler would tell of."""
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


_ENDS: dict[str, Callable[[], object]] = {
    "signal 9": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "signal 11": crash,
    "exit code 3": lambda: os._exit(3),
}


def working(poison: Sequence[int], end: str = "signal 9") -> Callable[[int], int]:
    """Work that doubles a number, and ends its process at some."""

    def work(item: int) -> int:
        if item in poison:
            _ENDS[end]()
        return 2 * item

    return work


def dying_once(folder: str, items: Sequence[int]) -> Callable[[int], int]:
    """Work that ends its process at some items, the first time that it meets each."""

    def work(item: int) -> int:
        mark = os.path.join(folder, str(item))
        if item in items and not os.path.exists(mark):
            os.close(os.open(mark, os.O_CREAT))
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 * item

    return work


def failing() -> Callable[[int], int]:
    """Work that raises at a number."""

    def work(item: int) -> int:
        if item == 5:
            raise UserError("five")
        return 2 * item

    return work


def staff(
    make: Callable[..., Callable[[int], int]], *arguments: object, processes: int = 2, start: str = "fork"
) -> supervisor.Staff[int, int | str]:
    """Workers; the answer to what kills them is how that ended."""
    context = multiprocessing.get_context(start)
    return supervisor.Staff(make, arguments, lambda item, end: f"{item}: {end}", processes, context)


def batches(items: Sequence[int], size: int) -> list[Sequence[int]]:
    """The items in order, so many at a time."""
    return [items[at : at + size] for at in range(0, len(items), size)]


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_answers_come_in_order(start: str, size: int) -> None:
    """Whatever the size of the batches, and however the workers are started, each item is answered in its turn."""
    found = supervisor.answers(batches(range(100), size), staff(working, (), start=start))
    assert list(found) == list(range(0, 200, 2))


@pytest.mark.slow
@pytest.mark.parametrize("end", list(_ENDS))
@pytest.mark.parametrize("size", [1, 8, 100])
def test_what_kills_its_worker_is_found(end: str, size: int) -> None:
    """Of a hundred items, the two that kill any worker are told apart from all others, with how it ended."""
    found = list(supervisor.answers(batches(range(100), size), staff(working, (13, 14), end)))
    assert found == [f"{item}: {end}" if item in (13, 14) else 2 * item for item in range(100)]


def test_workers_that_were_started_anew_are_replaced() -> None:
    """Where there is no fork, a dead worker is replaced as well."""
    found = list(supervisor.answers(batches(range(20), 5), staff(working, (6,), "exit code 3", start="spawn")))
    assert found == ["6: exit code 3" if item == 6 else 2 * item for item in range(20)]


@pytest.mark.slow
@given(st.integers(1, 40), st.integers(1, 12), st.sets(st.integers(0, 39), max_size=5), st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_nothing_is_lost(items: int, size: int, poison: set[int], processes: int) -> None:
    """Any items in any batches with any poison give one answer each, in order, from any number of workers."""
    found = list(supervisor.answers(batches(range(items), size), staff(working, poison, processes=processes)))
    assert found == [f"{item}: signal 9" if item in poison else 2 * item for item in range(items)]


@pytest.mark.parametrize("size", [1, 5])
def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path, size: int) -> None:
    """A worker that is killed while it is at innocent items is replaced, and these are done again."""
    found = list(supervisor.answers(batches(range(30), size), staff(dying_once, str(tmp_path), (3, 17, 29))))
    assert found == list(range(0, 60, 2))


def test_a_worker_that_is_killed_from_outside_costs_nothing() -> None:
    """Workers that are killed again and again while they wait or work are replaced."""
    with closing(supervisor.answers(([number] for number in range(60)), staff(working, ()))) as found:
        answers = []
        for number, answer in enumerate(found):
            answers.append(answer)
            if number in (5, 20, 40):
                victim = multiprocessing.active_children()[0]
                os.kill(victim.pid or 0, signal.SIGKILL)
    assert answers == list(range(0, 120, 2))


def test_input_is_read_no_further_than_needed() -> None:
    """Of endless input, only some batches for each worker are taken, and the workers end with the iteration."""
    taken = 0

    def endless() -> Iterator[Sequence[int]]:
        nonlocal taken
        for taken in count(1):
            yield [taken]

    with closing(supervisor.answers(endless(), staff(working, ()))) as found:
        assert [next(found) for _ in range(50)] == list(range(2, 102, 2))
        assert taken <= 50 + 2 * 4 + 1
        assert len(multiprocessing.active_children()) == 2
    assert multiprocessing.active_children() == []


def test_large_batches_and_answers_do_not_wait_for_each_other() -> None:
    """Batches and answers that no pipe can hold pass each other."""
    large = "x" * 1_000_000
    echo: supervisor.Staff[str, str] = supervisor.Staff(
        lambda: str.upper, (), lambda _, end: end, 2, multiprocessing.get_context("fork")
    )
    assert list(supervisor.answers([[large] * 3] * 12, echo)) == [large.upper()] * 36


def test_what_the_work_raises_is_raised() -> None:
    """An exception of the work ends the iteration, with the workers."""
    with pytest.raises(UserError, match="five"):
        list(supervisor.answers(batches(range(10), 2), staff(failing)))
    assert multiprocessing.active_children() == []


def test_workers_that_never_start_are_not_started_for_ever() -> None:
    """Where each worker dies before it is ready, the iteration ends with what to do."""
    with pytest.raises(UserError, match=r"cannot be started \(exit code 3\): run with --jobs 1"):
        list(supervisor.answers(batches(range(10), 2), staff(partial(os._exit, 3))))


_PARENT = """
import multiprocessing, os, sys
from unspill.app import supervisor
context = multiprocessing.get_context("fork")
found = supervisor.answers(([n] for n in range(10**9)), supervisor.Staff(lambda: abs, (), lambda *_: 0, 3, context))
next(found)
print(*(child.pid for child in multiprocessing.active_children()), flush=True)
sys.stdin.read()
os._exit(0)
"""


@pytest.mark.parametrize("sign", [None, signal.SIGKILL])
def test_workers_end_with_their_parent(sign: int | None) -> None:
    """A parent that leaves without a word, or is killed, leaves no worker behind."""
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        workers = list(map(int, parent.stdout.readline().split()))
        assert len(workers) == 3
        if sign is not None:
            parent.send_signal(sign)
        parent.stdin.close()
        parent.wait(60)
    for _ in range(600):  # a guard: they end at once
        if not any(os.path.exists(f"/proc/{worker}/exe") for worker in workers):
            break
        time.sleep(0.1)
    else:
        pytest.fail("workers are left")


def test_a_worker_that_does_not_hear_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is asked to end while it still has this process's handlers, and so goes on, ends all the same."""
    context = multiprocessing.get_context("fork")
    monkeypatch.setattr(context.Process, "terminate", lambda _: None)
    assert list(supervisor.answers(batches(range(4), 2), staff(working, ()))) == [0, 2, 4, 6]
    assert multiprocessing.active_children() == []
