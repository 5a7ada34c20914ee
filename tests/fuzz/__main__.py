"""`python -m tests.fuzz`: try inputs that once failed and new ones, and say what failed."""

from __future__ import annotations

import argparse
import sys
import time
from multiprocessing.connection import wait
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz.running import STANDSTILL, Child, Result, minimised
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REGRESSIONS = Path(__file__).parent / "regressions"


class Failure(NamedTuple):
    """An input that failed: where it comes from, the input, and how it failed."""

    source: str
    case: bytes
    result: Result


class Run(NamedTuple):
    """What became of a target's inputs: how many there were, processor seconds, the first failure of each kind.

    Each of those that were kept counts as a kind of its own.
    """

    executions: int
    seconds: float
    failures: dict[str, Failure]
    failed: int


def main(arguments: Sequence[str]) -> int:
    """Run the targets and return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"all, or some of: {', '.join(TARGETS)}")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--seconds", type=float, help="try new inputs for so long, all targets together")
    budget.add_argument(
        "--executions", type=int, help="try those that once failed, and so many new ones of each target (100)"
    )
    parser.add_argument("--seed", default="0", help="inputs are numbered, and the same under the same seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--save", type=Path, metavar="DIR", help="keep inputs that fail, made small")
    given = parser.parse_args(arguments)
    if unknown := set(given.targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    targets = given.targets or list(TARGETS)
    executions = None if given.seconds is not None else 100 if given.executions is None else given.executions
    children = [Child() for _ in range(given.jobs)]
    failed = False
    print(f"{'target':<22}{'executions':>11}{'processor':>11}{'failures':>10}{'kinds':>7}", flush=True)
    for number, name in enumerate(targets):
        started = time.monotonic()
        share = None if given.seconds is None else given.seconds / (len(targets) - number)
        run = fuzzed(name, inputs(name, given.seed, executions), children, share)
        print(f"{name:<22}{run.executions:>11}{run.seconds:>10.1f}s{run.failed:>10}{len(run.failures):>7}", flush=True)
        for failure in run.failures.values():
            failed = True
            _report(name, failure, children[0], given.save)
        if given.seconds is not None:
            given.seconds = max(0.0, given.seconds - (time.monotonic() - started))
    for child in children:
        child.close()
    return int(failed)


def inputs(name: str, seed: str, executions: int | None) -> Iterator[tuple[str, bytes]]:
    """Where an input comes from, and the input: those that once failed and so many others, or others without end."""
    for path in sorted((REGRESSIONS / name).glob("*")) if executions is not None else ():
        yield f"{name}/{path.name}", path.read_bytes()
    number = 0
    while executions is None or number < executions:
        yield f"{name} {number}", TARGETS[name].make(Random(f"{seed} {name} {number}"))
        number += 1


def fuzzed(name: str, tried: Iterator[tuple[str, bytes]], children: Sequence[Child], share: float | None) -> Run:
    """Try inputs in all children at once, until there are none or `share` seconds are over."""
    count, failed, seconds = 0, 0, 0.0
    failures: dict[str, Failure] = {}
    started = time.monotonic()
    busy: list[tuple[Child, str, bytes]] = []
    idle = list(children)
    while True:
        while idle and (share is None or time.monotonic() - started < share) and (one := next(tried, None)):
            busy.append((idle.pop(), *one))
            busy[-1][0].begin(name, one[1])
        if not busy:
            return Run(count, seconds, failures, failed)
        ready = wait([child.connection for child, _, _ in busy], STANDSTILL)
        for work in [work for work in busy if work[0].connection in ready] or busy[:1]:
            busy.remove(work)
            child, source, case = work
            result = child.finish()
            idle.append(child)
            count, seconds = count + 1, seconds + result.seconds
            if result.failure:
                failed += 1
                kept = "/" in source
                failures.setdefault(source if kept else result.failure, Failure(source, case, result))


def _report(name: str, failure: Failure, child: Child, save: Path | None) -> None:
    print(f"FAILED {failure.source}: {failure.result.failure}", flush=True)
    if save is None:
        print(failure.result.detail[-1500:], flush=True)
        return
    folder = save / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "-".join("".join(c if c.isalnum() else " " for c in failure.result.failure).split())[:80]
    path.write_bytes(minimised(child, name, failure.case, failure.result))
    path.with_name(f"{path.name}.txt").write_text(f"{failure.source}\n{failure.result.detail}", encoding="utf-8")
    print(f"  {path}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
