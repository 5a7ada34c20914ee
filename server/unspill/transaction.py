"""Store first, then edit: the one author of changes that move values.

A change is bound to the bytes that it was worked out on. What has changed since (a second fix, an editor's save) is
worked out anew, a few times, and then refused by name; locks and the order of writing are those of `project/write`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.errors import StaleError, UserError
from unspill.fixes.declare import env_edit
from unspill.project import write
from unspill.project.tree import DiskTree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from unspill.model import Stored

_ATTEMPTS = 10


class Writes(NamedTuple):
    """What a fix writes below one root."""

    root: str
    stores: tuple[write.Change, ...]
    """Of the `.env` files that keep the values."""
    edits: tuple[write.Change, ...]


def apply(work_out: Callable[[], Iterable[Writes]]) -> None:
    """Write what `work_out` gives, root by root, each wholly or not at all.

    If a file has changed in between, `work_out` is called again, for what is still to be done. Raises BusyError, and
    UserError with every file of the root at fault as it was.
    """
    for _ in range(_ATTEMPTS):
        try:
            for writes in work_out():
                write.apply(writes.root, writes.stores, writes.edits)
        except StaleError as error:
            path = error.path
        else:
            return
    raise UserError(f"{path}: changes again and again while it is fixed; it was left alone, run again later")


def store(root: str, path: str, values: Sequence[Stored]) -> None:
    """Keep values in the `.env` at `path` (POSIX, below `root`): it is read, extended and written as one step.

    Raises BusyError, and UserError with the file as it was.
    """

    def extended() -> Iterable[Writes]:
        before = DiskTree(root).read(path)
        try:
            yield Writes(root, (write.Change(path, before, env_edit(before, values)),), ())
        except ValueError as error:
            raise UserError(f"{path}: {error}") from None

    apply(extended)
