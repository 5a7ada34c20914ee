"""Errors that a user can fix.

UserError                 exit 2: what happened, where, and what to do, in one line
├── ConfigError           a configuration file or flag that cannot be used
├── RuleError             a rule file that cannot be used
├── MissingPathError      a path named on the command line that does not exist
├── StaleError            a file that changed after an edit of it was computed
├── BusyError             another process keeps a lock (exit 3)
├── HubError              the Hub refuses a request, or does not answer (exit 3 if that may pass)
├── CommandError          a command that `unspill run` cannot start (exit 126 or 127, as in a shell)
└── UnstorableError       a value that `.env` cannot take (fixes/store.py)

Anything else that escapes is a bug: the command line reports it as such (exit 70) without the message of the
exception, which may contain text of the scanned files. A bug triggered by one file only skips that file, which is
reported, and the others are scanned.
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
    """An error that the user can fix; its text is one line that says what, where and what to do."""

    exit_code = 2


class ConfigError(UserError):
    """Configuration files, keys or flags that cannot be used. Each argument is one line."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


class RuleError(UserError):
    """A rule file that cannot be used; the text names the file, the key and the reason."""


class MissingPathError(UserError):
    """A path named on the command line that does not exist."""


class StaleError(UserError):
    """A file changed after an edit of it was computed; the edit can be recomputed. `path` is as in the edit."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: has changed since it was scanned; nothing was changed, run again")
        self.path = path


class BusyError(UserError):
    """Another process holds the lock of a folder, and did not release it in time."""

    exit_code = 3


class HubError(UserError):
    """The Hub refuses a request, or does not answer. What may pass by itself is an exit 3; what `is_final` is a 2."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.exit_code = 2 if is_final else 3


class CommandError(UserError):
    """A command that cannot be started; `exit_code` is that of a shell."""

    NOT_EXECUTABLE = 126
    NOT_FOUND = 127

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def unwritable(place: str, error: OSError) -> UserError:
    """The error for a path that cannot be written, with the remedy."""
    remedy = _REMEDIES.get(error.errno or 0, "")
    return UserError(f"{place}: cannot be written: {error.strerror}{remedy and f'; {remedy}'}")


def frames(error: BaseException) -> list[tuple[str, int, str]]:
    """Where an error was raised, from the outside in: file, 1-based line and function.

    An error raised in another process carries the list from there, in `frames`.
    """
    found = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return [*found, *getattr(error, "frames", ())]


def internal(error: Exception) -> str:
    """The message for a bug triggered by one file: type and location of the exception, never its text."""
    place = ""
    for file, line, function in frames(error):
        if file.startswith(_PACKAGE):
            place = f" at {file[len(_PACKAGE) :].replace(os.sep, '/')}:{line} in {function}"
    return f"internal error: {type(error).__name__}{place}; please report it"
