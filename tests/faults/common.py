"""What the cases share: runs that keep to the rule, with less power than root has, and a server in its own process."""

from __future__ import annotations

import os
import random
import string
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli import Ran, environment, unspill
from tests.helpers import token
from tests.lsp.harness import Editor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HANG = 300.0
"""Seconds after which a process that does not end is killed, so that its test fails."""
SHOWN = 8
"""So many characters of a value in a row would be a leak."""
posix = pytest.mark.skipif(os.name == "nt", reason="as POSIX has it")
linux = pytest.mark.skipif(sys.platform != "linux", reason="as Linux has it")
root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
UNSPILL = (sys.executable, "-m", "unspill")
# PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)).
OBEDIENT = (
    sys.executable,
    "-c",
    (
        "import ctypes, os, sys\n"
        "for capability in (1, 2): ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)\n"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    ),
    *UNSPILL[1:],
)
"""unspill, for which the modes of files count though root starts it."""


def leak(seed: int = 0) -> str:
    """A line of Python that holds a made-up token."""
    return f'x = "{token(seed)}"\n'


def password(seed: int) -> str:
    """A made-up value without a shape."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=24))


def shown(text: str, values: Iterable[str]) -> list[str]:
    """The values of which a piece is in `text`."""
    return [
        value
        for value in values
        for body in [value.removeprefix("hf_")]
        if any(body[at : at + SHOWN] in text for at in range(len(body) - SHOWN + 1))
    ]


def held(ran: Ran, *values: str) -> Ran:
    """`ran`, if it ended as every run must end, whatever it was given."""
    assert ran.code in (0, 1, 2, 3), (ran.code, ran.err)
    assert "Traceback" not in ran.out + ran.err
    assert "internal error" not in ran.out + ran.err
    assert shown(ran.out + ran.err, values) == []
    lines = ran.err.splitlines()
    assert ran.code != 2 or (lines and all(line.startswith("unspill: ") for line in lines)), ran.err
    return ran


def check(folder: Path, *arguments: str | bytes, values: Iterable[str] = (), **extra: str) -> Ran:
    """`unspill check` with a JSON report, which has kept to the rule."""
    ran = held(unspill(folder, "check", "--format", "json", *arguments, stdin=b"", **extra), *values)
    if ran.code != 2:
        assert (ran.code == 1) == bool(ran.report["findings"])
    return ran


def found(ran: Ran) -> list[str]:
    """The paths that a report has findings for, in its order."""
    return [row["path"] for row in ran.report["findings"]]


def skipped(ran: Ran) -> dict[str, str]:
    """What a report says was not scanned: path to reason, the first of each."""
    return {row["path"]: row["reason"] for row in reversed(ran.report["summary"]["skipped"])}


def process(folder: Path, *command: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Ran:
    """Run any program in `folder`."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder.parent / "nobody") if env is None else env,
        input=stdin,
        capture_output=True,
        timeout=HANG,
    )
    return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


class Started(Editor):
    """An editor whose server is a process of its own, over standard input and output."""

    def __init__(
        self,
        root: Path | None,
        client: dict[str, Any] | str = "vscode",
        *,
        command: tuple[str, ...] = (*UNSPILL, "server"),
        env: dict[str, str] | None = None,
        values: Iterable[str] = (),
        **more: Any,
    ) -> None:
        """`values` are in nothing that the server sends or logs."""
        super().__init__(root, client, **more)
        self.values = list(values)
        reader, writer = self._ends
        self.process = subprocess.Popen(
            command,
            stdin=reader._descriptor,
            stdout=writer,
            stderr=subprocess.PIPE,
            env=env or (environment(root.parent / "nobody") if root else None),
            cwd=root,
        )
        os.close(reader._descriptor)
        self.log = ""
        """What the server has written to standard error, once it has ended."""

    def _serve(self) -> None:
        self._ends[1].close()
        with self.process:
            assert self.process.stderr is not None
            self.log = self.process.stderr.read().decode("utf-8", "replace")
        self.exit_code = self.process.returncode

    def __exit__(self, *error: object) -> None:
        try:
            super().__exit__(*error)
        finally:
            self.process.kill()
        if error[0] is None:
            assert "Traceback" not in self.log
            assert shown(self.sent.decode("utf-8", "replace"), self.values) == []
            assert shown(self.log, self.values) == []
