"""The hosts of a repository's remotes, from git's configuration, read as text (git-config(1))."""

from __future__ import annotations

import os
import re

from unspill.project import index, read

_SECTION = re.compile(rb"(?m)^[ \t]*\[")
# https://user@host:port/path, ssh://git@host/path and git@host:path; user and path may hold a secret, the host cannot.
_HOST = re.compile(rb"""(?m)^[ \t]*url[ \t]*=[ \t]*"?(?:[\w+.-]+://)?(?:[^@/\s]*@)?([\w.-]+)""", re.IGNORECASE)


def hosts(git: str) -> frozenset[str]:
    """The hosts, in lower case, of the remotes in the configuration of the git folder `git`."""
    config = read.regular(os.path.join(index.common_folder(git), "config")) or b""
    remotes = (section for section in _SECTION.split(config) if section.lower().startswith(b"remote"))
    return frozenset(match[1].decode().lower() for remote in remotes for match in _HOST.finditer(remote))
