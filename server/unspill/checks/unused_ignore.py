"""Ignore directives that silence nothing: what they were written for is gone, or their last day is over.

Which ones do is for `suppress.unused` to find, since it takes all findings of a document to know.
"""

from __future__ import annotations

from unspill.checks import Check
from unspill.model import Severity

UNUSED = Check(
    id="unused-ignore",
    name="Unused ignore directive",
    severity=Severity.WARNING,
    docs="An ignore directive that silences nothing is left over, or past its date: sooner or later it hides a secret "
    "that nobody has looked at. `unspill fix` deletes it, with its reason; of a list, the ids that silence nothing. "
    "What is written for another scanner may still be of use to that one: it is reported with `--confidence low` only, "
    "and deleted with `--unsafe` only.",
)
CHECKS = (UNUSED,)
