"""Renames that never overwrite an unexpected file: an atomic swap of two names, and a rename to a new name.

Linux: `renameat2` (renameat2(2)); macOS: `renamex_np` (rename(2) there). Without either, or support by the file
system, `swap` returns False, and its caller has to check and rename.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_AT_FDCWD = -100
_LINUX_EXCHANGE = 2
_DARWIN_SWAP = 2
_CANNOT = frozenset([errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP])


def swap(one: str, other: str) -> bool:
    """Swap two files atomically; False if that is not supported, with both unchanged. Raises OSError."""
    call = _call()
    code = errno.ENOSYS if call is None else call(os.fsencode(one), os.fsencode(other))
    if code in _CANNOT:
        return False
    if code:
        raise OSError(code, os.strerror(code))
    return True


def put_new(source: str, target: str) -> None:
    """Rename the file `source` to `target`, which must not exist. Raises FileExistsError and OSError."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise
        # No hard links here (FAT, some network file systems): the check and the rename are two steps.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.replace(source, target)
    else:
        with contextlib.suppress(OSError):  # the creator of `source` removes it
            os.unlink(source)


@cache
def _call() -> Callable[[bytes, bytes], int] | None:
    """The platform's call that swaps two paths and returns 0 or an error number; None if it has none."""
    if sys.platform not in ("linux", "darwin"):
        return None
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    name = "renameat2" if sys.platform == "linux" else "renamex_np"  # since glibc 2.28
    call = getattr(library, name, None)
    if call is None:
        return None

    def swapping(one: bytes, other: bytes) -> int:
        if sys.platform == "linux":
            failed = call(_AT_FDCWD, one, _AT_FDCWD, other, _LINUX_EXCHANGE)
        else:
            failed = call(one, other, _DARWIN_SWAP)
        return ctypes.get_errno() if failed else 0

    return swapping
