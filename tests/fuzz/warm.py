"""Loaded once by the process that all children are forked from: each of them then has the rules at once."""

from concurrent.futures import ThreadPoolExecutor

from unspill.shapes import mask_shapes

import tests.fuzz.targets  # noqa: F401  # with all that the targets import
from tests.fuzz.texts import slow_scanner
from tests.proof.generate import scanner
from tests.shapes import VALUES

mask_shapes(" ".join(VALUES.values()))  # told by all shipped rules, before a target leaves most of them out
scanner()
with ThreadPoolExecutor(1) as beside:
    beside.submit(scanner).result()
slow_scanner()
