"""Store first, then edit: how changes that move values are computed and written.

A change is bound to the bytes that it was computed on. If they have changed since (a second fix, an editor's save), it
is computed again, a few times, and then refused; `project/write` has the locks and the order of writes. If an editor
makes some of the changes (`lsp/workspace_fixes`), nothing is computed again: `once` refuses all of them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.document import edited
from unspill.errors import StaleError, UserError
from unspill.fixes import declare
from unspill.fixes.store import UnstorableError, env_edit
from unspill.model import by_path
from unspill.project import write
from unspill.project.tree import Pinned

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from unspill.model import Stored
    from unspill.space import Space

_ATTEMPTS = 10


class Writes(NamedTuple):
    """The files that a fix writes below one root."""

    root: str
    stores: tuple[write.FileChange, ...]
    """The `.env` files that store the values."""
    edits: tuple[write.FileChange, ...]


def apply(work_out: Callable[[], Iterable[Writes]]) -> None:
    """Write the result of `work_out`, root by root, each completely or not at all.

    If a file has changed in between, `work_out` is called again for the rest. Raises BusyError, and
    UserError with every file of the root at fault as it was.
    """
    for _ in range(_ATTEMPTS):
        try:
            for writes in work_out():
                once(writes)
        except StaleError as error:
            path = error.path
        else:
            return
    raise UserError(f"{path}: keeps changing while it is being fixed; nothing was changed, run again later")


def once(writes: Writes) -> None:
    """Write computed changes. Raises StaleError if a file has changed since, BusyError, and UserError.

    Then every file of the root at fault is as it was.
    """
    write.apply(writes.root, writes.stores, writes.edits)


def store(root: str, home: Space, values: Sequence[Stored], declares: Sequence[str], but: Collection[str] = ()) -> None:
    """Store values in the `.env` of the Space `home` below `root`, declare names; keep `.env` out of git and images.

    The changes are computed on the current files; the caller edits those at the paths `but`. Raises BusyError, and
    UserError with every file unchanged.
    """

    def work_out() -> Iterable[Writes]:
        tree = Pinned(root)
        path = home.path(declare.STORE)
        before = tree.base(path)
        try:
            after = env_edit(before, values) if values and path not in but else None
        except UnstorableError as error:
            raise UserError(f"{path}: {error}") from None
        edits = by_path(edit for edit in declare.Home(tree, home).edits(declares) if edit.path not in but)
        yield Writes(
            root,
            (write.FileChange(path, before, after),) if after is not None else (),
            tuple(
                write.FileChange(name, tree.base(name), edited(tree.base(name), some)) for name, some in edits.items()
            ),
        )

    apply(work_out)
