"""Store first, then edit: how changes that move values are worked out and written.

A change is bound to the bytes that it was worked out on. What has changed since (a second fix, an editor's save) is
worked out anew, a few times, and then refused by name; locks and the order of writing are those of `project/write`.
Where an editor makes a part of the changes (`lsp/workspace_fixes`), nothing is worked out anew: the parts belong
together, and `once` refuses them together.
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
    """What a fix writes below one root."""

    root: str
    stores: tuple[write.FileChange, ...]
    """Of the `.env` files that keep the values."""
    edits: tuple[write.FileChange, ...]


def apply(work_out: Callable[[], Iterable[Writes]]) -> None:
    """Write what `work_out` gives, root by root, each wholly or not at all.

    If a file has changed in between, `work_out` is called again, for what is still to be done. Raises BusyError, and
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
    raise UserError(f"{path}: changes again and again while it is fixed; it was left alone, run again later")


def once(writes: Writes) -> None:
    """Write what was worked out. Raises StaleError if a file has changed since, BusyError, and UserError.

    Then every file of the root at fault is as it was.
    """
    write.apply(writes.root, writes.stores, writes.edits)


def store(root: str, home: Space, values: Sequence[Stored], declares: Sequence[str], but: Collection[str] = ()) -> None:
    """Keep values in the `.env` of the Space `home` below `root`, declare names, and keep `.env` out of git and images.

    Everything is worked out on what the files hold by then; those at the paths `but` are left to someone else. Raises
    BusyError, and UserError with every file as it was.
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
