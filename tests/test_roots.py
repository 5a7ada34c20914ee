"""The walk to the parent ends at the root, wherever it starts, and nothing hangs in the root itself."""

from __future__ import annotations

import ntpath
import os
import posixpath
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.lsp import places
from unspill.model import Skipped
from unspill.project import repository, tree
from unspill.project.walk import Walk
from unspill.settings import Settings

from tests.cli import unspill

if TYPE_CHECKING:
    from types import ModuleType

DEEPER = st.lists(
    st.text(st.sampled_from("ab. "), min_size=1, max_size=3).filter(lambda name: name != ".."), max_size=6
)
ROOTS = [
    (posixpath, "/"),
    (posixpath, "//"),
    (ntpath, "C:\\"),
    (ntpath, "c:"),
    (ntpath, "\\\\server\\share"),
    (ntpath, "\\\\server\\share\\"),
    (ntpath, "\\\\?\\C:\\"),
]


@pytest.mark.parametrize(("flavour", "root"), ROOTS, ids=[root for _, root in ROOTS])
@given(names=DEEPER)
def test_a_walk_to_the_parent_ends_at_the_root(flavour: ModuleType, root: str, names: list[str]) -> None:
    """From any folder of a disk, a drive or a share there are as many steps as names, and the last is a root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "path", flavour)
        folders = list(islice(tree.upward(flavour.join(root, *names)), 20))
        assert len(folders) <= len(names) + 2
        assert flavour.dirname(folders[-1]) == folders[-1]
        assert len(set(folders)) == len(folders)


def test_the_root_of_a_file_in_the_root_is_found() -> None:
    """For a file or a URI directly below the root, and for the root itself, the search ends there."""
    top = Path(os.path.abspath(os.sep))
    assert tree.root_of(str(top / "x.py"), str(top)) == str(top)
    assert tree.root_of(str(top), str(top)) == str(top)
    assert places.place_of((top / "x.py").as_uri(), []) == (str(top), "x.py")
    assert places.place_of((top / "x.py").as_uri(), [str(top)]) == (str(top), "x.py")
    assert repository.find(str(top)) is None


def test_a_command_in_the_root_folder_ends() -> None:
    """`check -` with the root as the working folder answers as anywhere else."""
    ran = unspill(Path(os.path.abspath(os.sep)), "check", "-", "--no-gitignore", stdin=b"x = 1\n")
    assert ran.code == 0, ran.err


def test_what_the_kernel_shows_as_files_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan of the whole machine says so of `/proc` and the like and does not go in; named, they are looked at."""
    monkeypatch.setattr(tree, "_KERNELS", {str(tmp_path / "proc")})
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "environ").write_text("")
    (tmp_path / "app.py").write_text("")

    def shown(start: Path) -> list[str]:
        walk = Walk(lambda _tree, _path: Settings(), str(tmp_path), tree=tree.DiskTree)
        return [item.path if isinstance(item, Skipped) else item.shown for item in walk.files([str(start)])]

    (tmp_path / ".git").mkdir()
    assert shown(tmp_path) == ["app.py", "proc/"]
    assert shown(tmp_path / "proc") == ["proc/environ"]
