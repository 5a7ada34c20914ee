"""Work in a process of its own: its answer and its errors come back, and its end is an answer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TypeVar

import pytest
from unspill.app.isolation import isolated
from unspill.document import Document
from unspill.errors import UserError, internal

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def alone(scenario: Callable[[], R]) -> R:
    """What a scenario gives in a process without other threads, which the one that runs the tests has."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(scenario).result(60)


def fails(end: str) -> NoReturn:
    """What is never to be called."""
    raise AssertionError(end)


def answered() -> tuple[bool, list[int], int]:
    """Whether the answer is that of another process, what that has changed here, and the size of what it said."""
    seen: list[int] = []

    def work() -> tuple[int, bytes]:
        seen.append(1)
        return os.getpid(), b"x" * 3_000_000

    child, data = isolated(work, fails)
    return child != os.getpid(), seen, len(data)


def test_what_it_returns_comes_back_and_what_it_changes_does_not() -> None:
    """The answer is that of another process, of any size."""
    assert alone(answered) == (True, [], 3_000_000)


def refused() -> str:
    """What is said of work that raises a user's error."""

    def refuse() -> None:
        raise UserError("no such thing")

    try:
        isolated(refuse, fails)
    except UserError as error:
        return str(error)
    return ""


def broken() -> str:
    """What is said of work that has a bug."""
    try:
        isolated(lambda: Document(b"a").line_span(7), fails)
    except IndexError as error:
        return internal(error)
    return ""


def test_what_it_raises_is_raised_with_its_place() -> None:
    """A user's error is the same one; a bug is said with the place where it showed, though no traceback comes along."""
    assert alone(refused) == "no such thing"
    assert "IndexError at document.py:" in alone(broken)


def ended(work: Callable[[], object]) -> object:
    """What is made of how some work ends."""
    return isolated(work, lambda end: end)


@pytest.mark.parametrize(
    ("work", "end"),
    [
        (partial(signal.raise_signal, signal.SIGSEGV), "signal 11"),
        (partial(signal.raise_signal, signal.SIGKILL), "signal 9"),
        (partial(os._exit, 3), "exit code 3"),
    ],
)
def test_how_it_ends_is_an_answer(work: Callable[[], object], end: str) -> None:
    """Whatever kills the process, this one goes on."""
    assert alone(partial(ended, work)) == end


def test_what_does_not_pickle_is_a_bug() -> None:
    """It is raised as such, and not taken for a crash of what was done."""
    with pytest.raises(TypeError, match="pickle"):
        alone(partial(ended, threading.Lock))


def test_other_threads_are_not_lost() -> None:
    """Beside other threads, which a fork would lose, it is done in this process."""
    release = threading.Event()
    thread = threading.Thread(target=release.wait)
    thread.start()
    try:
        assert isolated(os.getpid, fails) == os.getpid()
    finally:
        release.set()
        thread.join()


def interrupted_twice() -> bool:
    """Whether work that does not end when it is interrupted ends when that happens again."""
    parent = os.getpid()
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def work() -> None:
        os.kill(parent, signal.SIGINT)
        while True:
            try:
                time.sleep(0.01)  # a pause would miss a signal that comes just before it
            except KeyboardInterrupt:
                os.kill(parent, signal.SIGINT)

    try:
        isolated(work, fails)
    except KeyboardInterrupt:
        return True
    return False


def test_a_second_interruption_ends_it() -> None:
    """The first is one of the work; the second kills it, and is raised here."""
    assert alone(interrupted_twice)
