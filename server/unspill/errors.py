"""What can go wrong in a way that a user can mend.

UserError                 exit 2: what happened, where, and what to do, in one line
├── ConfigError           a configuration file or flag that cannot be used
├── RuleError             a rule file that cannot be used
├── MissingPathError      a path named on the command line that does not exist
├── StaleError            a file that is not as it was when a change of it was worked out
├── BusyError             another process keeps a lock (exit 3)
└── UnstorableError       a value that `.env` cannot take (fixes/store.py)

Anything else that escapes is a bug: the command line reports it as such (exit 70) without the exception's
message, because a message may hold text of the scanned files. A bug that shows in one file leaves that file out, which
is reported, and the others are scanned.
"""

import errno
import os

_REMEDIES = {
    errno.EACCES: "make it writable",
    errno.EPERM: "make it writable",
    errno.EROFS: "make it writable",
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EBUSY: "mounted, or in use by another program: edit it manually, or unmount it",
    errno.ENOENT: "create its folder first",
    errno.ENOTDIR: "rename or delete what is there",
    errno.EISDIR: "rename or delete what is there",
    errno.ELOOP: "rename or delete what is there",
}
_PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")


class UserError(Exception):
    """Something the user can mend; its text is one line that says what, where and what to do."""

    exit_code = 2


class ConfigError(UserError):
    """A configuration file, key or flag that cannot be used."""


class RuleError(UserError):
    """A rule file that cannot be used; the text names the file, the key and the reason."""


class MissingPathError(UserError):
    """A path named on the command line that does not exist."""


class StaleError(UserError):
    """A file has changed since a change of it was worked out: it can be worked out anew. `path` is as in the change."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: has changed since it was scanned; nothing was changed, run again")
        self.path = path


class BusyError(UserError):
    """Another process holds the lock of a folder, and did not give it back in time."""

    exit_code = 3


def unwritable(place: str, error: OSError) -> UserError:
    """What is said of a place that cannot be written, with what to do about it."""
    remedy = _REMEDIES.get(error.errno or 0, "")
    return UserError(f"{place}: cannot be written: {error.strerror}{remedy and f'; {remedy}'}")


def frames(error: BaseException) -> list[tuple[str, int, str]]:
    """Where an error was raised, from the outside in: file, 1-based line and function.

    An error that another process has raised has the list from there, in `frames`.
    """
    found = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return [*found, *getattr(error, "frames", ())]


def internal(error: Exception) -> str:
    """What is said of a bug that one file has shown: the exception's type and place, and never its words."""
    place = ""
    for file, line, function in frames(error):
        if file.startswith(_PACKAGE):
            place = f" at {file[len(_PACKAGE) :].replace(os.sep, '/')}:{line} in {function}"
    return f"internal error: {type(error).__name__}{place}; please report it"
