"""Writes the tables of `unspill/judge/words.py`: frequent words, and how often one letter follows another.

    python tools/fit_words.py > tables.txt

The text is the standard library of the Python that runs this: names, comments and documentation.
"""

from __future__ import annotations

import collections
import glob
import math
import os
import re
import string
import sysconfig
from itertools import pairwise

COMMON = 700
"""How many words are kept."""
_WORD = re.compile(r"[A-Za-z][a-z]+|[A-Z]+(?![a-z])")


def main() -> None:
    """Count, and print both tables."""
    words: collections.Counter[str] = collections.Counter()
    for path in glob.glob(os.path.join(sysconfig.get_path("stdlib"), "**", "*.py"), recursive=True):
        if "site-packages" in path or "encodings" in path or "pydoc_data" in path:
            continue
        with open(path, encoding="utf-8", errors="replace") as file:
            words.update(word.lower() for word in _WORD.findall(file.read()))
    common = sorted(word for word, _ in [pair for pair in words.most_common() if len(pair[0]) >= 4][:COMMON])
    print("COMMON =", " ".join(common))
    follows: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for word, count in words.items():
        # The square root: every word counts, the frequent ones a little more.
        for first, second in pairwise(word):
            follows[first][second] += count**0.5
    print("FOLLOWS")
    for first in string.ascii_lowercase:
        total = sum(follows[first].values()) + 26
        scores = [math.log2((follows[first][second] + 1) / total * 26) for second in string.ascii_lowercase]
        print("".join(str(min(max(round(score) + 6, 0), 9)) for score in scores))


if __name__ == "__main__":
    main()
