"""Print the medians of the times that runs of `tests/editors/test_vscode.py` have noted, as `editors/README.md` has them.

`python -m tests.editors.times`, after some runs of `pytest tests/editors/test_vscode.py`.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict

from tests.editors import kit

_HOST = "window opens -> server process starts"
"""VS Code's own start, and that of its extension host."""
_ROWS = {
    _HOST: "window opens → server process starts (VS Code and extension host start-up)",
    "server process starts -> first squiggle": "server process starts → first squiggle",
    "window opens -> first squiggle": "window opens → first squiggle",
    "paste -> squiggle (1)": "first paste of a token → squiggle",
    "paste -> squiggle (2)": "next paste of a token → squiggle",
}


def main() -> int:
    """Print the table. 1 if nothing was noted."""
    times: dict[str, list[float]] = defaultdict(list)
    if kit.TIMES.exists():
        for line in kit.TIMES.read_text().splitlines():
            what, _, seconds = line.rpartition(": ")
            times[what].append(float(seconds.removesuffix(" s")))
    if not times[_HOST]:
        print(f"No times in {kit.TIMES}; run pytest tests/editors/test_vscode.py first")
        return 1
    host = statistics.median(times[_HOST])
    print(f"seconds, median of {len(times[_HOST])} runs:\n")
    print("| | Time | Relative to extension host start |\n|---|--:|--:|")
    for what, told in _ROWS.items():
        median = statistics.median(times[what])
        print(f"| {told} | {median:.1f} | {median / host:.2f}× |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
