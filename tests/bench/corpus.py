"""What is scanned: two small Spaces, and a tree of published Python packages."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from tests.bench.measure import run
from tests.bench.tools import BUILD, unspill
from tests.spaces import build

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WHEELS = ("gradio==6.31.0", "transformers==5.23.0", "sympy==1.14.0")
_BINARY = 8192
"""A NUL within so many bytes makes a file binary; the scanners disagree about those, so the tree has none."""


def spaces(folder: Path, env: Mapping[str, str]) -> tuple[Path, Path]:
    """A small Space with made-up tokens, and the same one after `unspill fix`, without its `.env`."""
    leaky, clean = folder / "leaky", folder / "clean"
    for space in (leaky, clean):
        build("chatbot", space)
    done = run([*unspill(), "fix", str(clean)], env)
    if done.code:
        raise RuntimeError(f"the Space cannot be fixed: {done.output[-500:]}")
    (clean / ".env").unlink()
    return leaky, clean


def tree() -> Path:
    """The text files of a handful of wheels, downloaded once."""
    folder = BUILD / "tree"
    wheels = BUILD / "wheels"
    if not (folder / "complete").exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", "--python-version=3.12", "--dest", str(wheels), *WHEELS]
        subprocess.run(command, check=True)
        for wheel in wheels.glob("*.whl"):
            _unpack(wheel, folder / wheel.name.split("-")[0])
        (folder / "complete").touch()
    return folder


def size(folder: Path) -> tuple[int, int]:
    """How many files and bytes are below a folder."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return len(sizes), sum(sizes)


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if not name.endswith("/") and b"\0" not in archive.open(name).read(_BINARY):
                archive.extract(name, folder)
