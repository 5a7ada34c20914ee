"""Where this unspill was installed from, so that a CI job can install the same.

Formats: https://packaging.python.org/en/latest/specifications/direct-url/ (PEP 610) and
https://packaging.python.org/en/latest/specifications/recording-installed-packages/ (`INSTALLER`).
"""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Any

from unspill import __version__
from unspill.shapes import looks_like_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_FROM_INDEX = frozenset({"pip", "uv", "poetry", "pdm"})
"""The installers that write a `direct_url.json` for whatever does not come from an index."""
_REMOTE = re.compile(r"(?:https|ssh)://[^\s$]+\Z")
_USER = re.compile(r"https?://[^/\s@]*@|://[^/\s@:]*:[^/\s@]*@", re.IGNORECASE)
"""The user of a URL, but for the one of ssh without a password."""


def requirement() -> str | None:
    """The requirement, pinned, with which pip installs this unspill elsewhere; None if other machines cannot."""
    try:
        found = distribution("unspill")
    except PackageNotFoundError:
        return None
    direct = found.read_text("direct_url.json")
    if direct is None:
        installer = (found.read_text("INSTALLER") or "").strip()
        return f"unspill=={__version__}" if installer in _FROM_INDEX else None
    try:
        origin: Mapping[str, Any] = json.loads(direct)
        return of_origin(origin)
    except (ValueError, AttributeError, TypeError, KeyError):
        return None


def has_credentials(requirement: str) -> bool:
    """Whether a requirement contains a password, a token, or who it belongs to."""
    return _USER.search(requirement) is not None or looks_like_secret(requirement)


def of_origin(origin: Mapping[str, Any]) -> str | None:
    """The requirement for the content of a `direct_url.json`; None for a folder or file of this machine."""
    url, part = origin["url"], origin.get("subdirectory")
    if not _REMOTE.match(url) or has_credentials(url):
        return None
    fragments = [f"subdirectory={part}"] if part else []
    if "vcs_info" in origin:
        info = origin["vcs_info"]
        url = f"{info['vcs']}+{url}@{info['commit_id']}"
    elif "archive_info" in origin:
        hashes = origin["archive_info"].get("hashes") or {}
        fragments += [f"sha256={hashes['sha256']}"] if "sha256" in hashes else []
    else:
        return None
    return f"unspill @ {url}{'#' if fragments else ''}{'&'.join(fragments)}"
