"""A value that is marked as exposed manually, as in an editor: the ledger remembers it, and not the value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.app.rotation import ledger
from unspill.app.rotation.ledger import Exposure, Tracked
from unspill.app.rotation.seen import fingerprint
from unspill.errors import StaleError, UserError
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from unspill.model import Secret

_ATTEMPTS = 5


def mark(root: str, rule: str, value: Secret, path: str, name: str = "") -> bool:
    """Have a value that a rule has found in a file on the plan of a root. False if it was there already.

    `path` is POSIX and relative to the root, `name` the one that a fix has given it. Raises UserError.
    """
    for _ in range(_ATTEMPTS):
        before = ledger.load(root)
        id_ = fingerprint(value.reveal(), before.key)
        one = before.tracked.get(id_, Tracked(rule))
        place = Exposure(mask_shapes(path))
        if any(exposure.path == place.path for exposure in one.exposures):
            return False
        planned = one.planned or ((name,) if name else ())
        one = one._replace(exposures=tuple(sorted((*one.exposures, place))), planned=planned)
        try:
            ledger.save(root, before._replace(tracked={**before.tracked, id_: one}))
        except StaleError:
            continue
        return True
    raise UserError(f"{ledger.FILE}: keeps changing; run again later")
