"""Loaded once by the process that all children are forked from: each of them then has the rules at once."""

import tests.fuzz.targets  # noqa: F401  # with all that the targets import
from tests.fuzz.texts import slow_scanner
from tests.proof.generate import scanner

scanner()
slow_scanner()
