"""`python -m tests.proof --cases N --seed S [--jobs J]`: fix N made-up projects, and say what became of each shape."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from tests.proof.crashing import examine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.proof.proving import Verdict


def main(arguments: list[str]) -> int:
    """Run, print the table, and return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="projects to make")
    parser.add_argument("--seed", type=int, default=0, help="number of the first one")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--notes", action="store_true", help="show why findings were explained")
    given = parser.parse_args(arguments)
    seeds = range(given.seed, given.seed + given.cases)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = scratch
        if given.jobs == 1:
            return _report(map(examine, seeds), given.cases, notes=given.notes)
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(given.jobs, mp_context=context) as pool:
            return _report(pool.map(examine, seeds, chunksize=20), given.cases, notes=given.notes)


def _report(results: Iterable[list[Verdict]], cases: int, *, notes: bool) -> int:
    counts: Counter[tuple[str, str]] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    failures = []
    for done, verdicts in enumerate(results, 1):
        for verdict in verdicts:
            counts[verdict.shape, verdict.outcome] += 1
            if verdict.outcome == "failed":
                failures.append(verdict)
                print(f"FAILED {verdict.shape}: {verdict.note}", flush=True)
            elif verdict.outcome == "explained":
                reason = re.sub(r"\b[A-Z]+(?:_[A-Z0-9]+)+\b", "X", verdict.note.split(" Then revoke it")[0])
                reasons[verdict.shape, re.sub(r"\d+", "0", reason)] += 1
        if done % 10000 == 0:
            print(f"… {done} of {cases}, {len(failures)} failed", flush=True)
    print(f"{'shape':<45}{'fixed':>9}{'explained':>11}{'failed':>8}")
    for shape in sorted({shape for shape, _ in counts}):
        row = [counts[shape, outcome] for outcome in ("fixed", "explained", "failed")]
        print(f"{shape:<45}{row[0]:>9}{row[1]:>11}{row[2]:>8}")
    total = [sum(counts[key] for key in counts if key[1] == outcome) for outcome in ("fixed", "explained", "failed")]
    print(f"{f'{cases} projects':<45}{total[0]:>9}{total[1]:>11}{total[2]:>8}")
    if notes:
        for (shape, reason), count in sorted(reasons.items()):
            print(f"{count:>6} {shape}: {reason}")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
