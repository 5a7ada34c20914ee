"""What can go wrong in a way that a user can mend.

UserError                 exit 2: what happened, where, and what to do, in one line
├── ConfigError           a configuration file or flag that cannot be used
├── RuleError             a rule file that cannot be used
└── MissingPathError      a path named on the command line that does not exist

Anything else that escapes is a bug: the command line reports it as such (exit 70) without the exception's
message, because a message may hold text of the scanned files. A bug that shows in one file leaves that file out, which
is reported, and the others are scanned.
"""

import os

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


def internal(error: Exception) -> str:
    """What is said of a bug that one file has shown: the exception's type and place, and never its words."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(_PACKAGE):
            name = code.co_filename[len(_PACKAGE) :].replace(os.sep, "/")
            place = f" at {name}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"internal error: {type(error).__name__}{place}; please report it"
