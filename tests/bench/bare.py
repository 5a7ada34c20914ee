"""The least that a scan can cost: read every file, and run one Hyperscan database over it, on two threads.

`bare.py --compile DATABASE` writes the database of unspill's own anchors; `bare.py DATABASE FOLDER` runs.
"""

from __future__ import annotations

import os
import sys
from itertools import islice
from threading import Thread

import hyperscan

_THREADS = 2


def compile_to(path: str) -> None:
    """Write unspill's database."""
    from unspill import rules
    from unspill.engine.cache import build
    from unspill.engine.matchers import compile_database

    with open(path, "wb") as file:
        file.write(compile_database(build(rules.load(rules.shipped())).anchors))


def scan(database_path: str, folder: str) -> tuple[int, int]:
    """How many files and bytes there were."""
    with open(database_path, "rb") as file:
        serialised = file.read()
    paths = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    sizes: list[int] = []

    def work(mine: list[str]) -> None:
        database = hyperscan.loadb(serialised, hyperscan.HS_MODE_BLOCK)
        scratch = hyperscan.Scratch(database)
        for path in mine:
            with open(path, "rb", buffering=0) as file:
                data = file.read()
            database.scan(data, match_event_handler=lambda *_: None, scratch=scratch)
            sizes.append(len(data))

    threads = [Thread(target=work, args=(list(islice(paths, first, None, _THREADS)),)) for first in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(sizes), sum(sizes)


if __name__ == "__main__":
    if sys.argv[1] == "--compile":
        compile_to(sys.argv[2])
    else:
        files, size = scan(sys.argv[1], sys.argv[2])
        print(f"{files:,} files {size / 1e6:,.0f} MB")
