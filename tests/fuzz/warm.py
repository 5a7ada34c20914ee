"""Loaded once by the process that all children are forked from: each of them then has the rules at once."""

from tests.fuzz.targets import TARGETS as TARGETS
from tests.fuzz.texts import slow_scanner
from tests.proof.generate import scanner

scanner()
slow_scanner()
