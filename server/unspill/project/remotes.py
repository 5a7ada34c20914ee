"""What git's configuration says of a repository's remotes: hosts, and a Space. Read as text (git-config(1))."""

from __future__ import annotations

import os
import re

from unspill.project import index, read

_SECTION = re.compile(rb"(?m)^[ \t]*\[")
# https://user@host:port/path, ssh://git@host/path and git@host:path; user and path may hold a secret, the host cannot.
_HOST = re.compile(rb"""(?m)^[ \t]*url[ \t]*=[ \t]*"?(?:[\w+.-]+://)?(?:[^@/\s]*@)?([\w.-]+)""", re.IGNORECASE)
_SPACE = re.compile(
    rb"""(?m)^[ \t]*url[ \t]*=[^\n]*\b(?:huggingface\.co|hf\.co)[/:]spaces/([\w.-]+/[\w.-]+?)(?:\.git)?/?"?[ \t]*\r?$"""
)


def hosts(git: str) -> frozenset[str]:
    """The hosts, in lower case, of the remotes in the configuration of the git folder `git`."""
    return frozenset(match[1].decode().lower() for remote in _remotes(git) for match in _HOST.finditer(remote))


def space(git: str) -> str:
    """The Space (`owner/name`) that a remote of the git folder `git` is the repository of; empty if there is none."""
    found = (match for remote in _remotes(git) for match in _SPACE.finditer(remote))
    return next((match[1].decode() for match in found), "")


def _remotes(git: str) -> list[bytes]:
    """The sections of the remotes."""
    config = read.regular(os.path.join(index.common_folder(git), "config")) or b""
    return [section for section in _SECTION.split(config) if section.lower().startswith(b"remote")]
