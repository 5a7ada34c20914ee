"""What the tests of the command line share: a clean environment, and a run with what it printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent


class Ran(NamedTuple):
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """Its JSON report."""
        content: dict[str, Any] = json.loads(self.out)
        return content


def environment(home: Path, **extra: str) -> dict[str, str]:
    """The variables that a run needs, and nothing of this machine's (the compiled rules are shared: they take long)."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "XDG_CACHE_HOME", "HOME") if name in os.environ}
    return {**kept, "XDG_CONFIG_HOME": str(home / "config"), "PYTHONPATH": str(ROOT / "server"), **extra}


def unspill(folder: Path, *arguments: str | bytes, stdin: bytes = b"", **extra: str) -> Ran:
    """Run the command line in `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "unspill", *arguments],
        cwd=folder,
        env=environment(folder.parent / "nobody", **extra),
        input=stdin,
        capture_output=True,
        timeout=120,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def git(folder: Path, *arguments: str) -> None:
    """Run git in `folder`, with no configuration but the repository's."""
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
        check=True,
        capture_output=True,
    )


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files, by path."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
