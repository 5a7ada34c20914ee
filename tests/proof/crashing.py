"""Dying at each file operation of a fix: a value is in `.env`, in the code or in both, and no file is half-written."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from unspill.app import fixing
from unspill.project import exchange, staging
from unspill.project import write as disk

from tests.proof import generate
from tests.proof.proving import (
    BreakageError,
    Verdict,
    core_of,
    folder_with,
    prove,
    quick,
    read,
    request,
    tracking,
    write,
    written_core_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proof.generate import Project
    from tests.proof.proving import Files

OPERATIONS = ("open", "fdopen", "chmod", "replace", "link", "unlink", "close", "swap")


CRASH_EVERY = 50
"""One project in so many is also made to crash, at every file operation."""


def examine(seed: int) -> list[Verdict]:
    """All verdicts on one project."""
    verdicts = prove(seed)
    return verdicts + crash(seed) if seed % CRASH_EVERY == 0 else verdicts


class Crash(BaseException):
    """The process dies here."""


def crash(seed: int) -> list[Verdict]:
    """The verdicts on a project whose fix dies, once at each file operation that it makes."""
    project = generate.project(seed)
    try:
        with quick(), tracking(project.tracked), folder_with(project) as folder:
            points = _crash(project, folder)
    except Exception as error:  # noqa: BLE001  # whatever goes wrong is the verdict
        return [Verdict("(crash)", "failed", f"seed {seed}: {type(error).__name__}: {error}")]
    return [Verdict("(crash at a file operation)", "fixed")] * points


def _crash(project: Project, folder: str) -> int:
    before = read(folder)
    writes: list[tuple[Any, ...]] = []
    apply = disk.apply

    def noted(*arguments: Any) -> None:
        writes.append(arguments)
        apply(*arguments)

    with patch.object(disk, "apply", noted):
        fixing.fix(request(folder))
    after = read(folder)
    points = 0
    for operation in OPERATIONS:
        at = 0
        while True:
            _reset(folder, before)
            if not dies(lambda: [apply(*arguments) for arguments in writes], operation, at):
                break
            _check(project, before, after, read(folder))
            at, points = at + 1, points + 1
    return points


def dies(work: Callable[[], object], operation: str, at: int) -> bool:
    """Whether the process died: every call of the operation fails from number `at` on, as in a dead process.

    What a dead process has open is closed.
    """
    module = exchange if operation == "swap" else os
    real, count = getattr(module, operation), 0
    descriptors: list[int] = []
    real_open, real_close = os.open, os.close

    def failing(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count > at:
            raise Crash
        return real(*arguments, **options)

    def opening(*arguments: Any, **options: Any) -> int:
        descriptors.append(real_open(*arguments, **options))
        return descriptors[-1]

    with patch.object(os, "open", opening), patch.object(module, operation, failing):
        try:
            work()
        except Crash:
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    real_close(descriptor)
            return True
    return False


def _reset(folder: str, files: Files) -> None:
    for path in read(folder):
        os.unlink(os.path.join(folder, path))
    write(folder, files)


def _check(project: Project, before: Files, after: Files, now: Files) -> None:
    whole = {path: raw for path, raw in now.items() if staging.FOLDER not in path.split("/")}
    for path, raw in whole.items():
        if raw not in (before.get(path), after.get(path)):
            raise BreakageError(f"{path}: half-written")
    if missing := before.keys() - whole.keys():
        raise BreakageError(f"{sorted(missing)}: gone")
    for file in project.files:
        for piece in file.pieces:
            written, core = written_core_of(piece).encode(), core_of(piece).encode()
            lost = whole[file.path].count(written) < file.raw.count(written)
            if lost and core not in whole.get(f"{file.home}.env", b""):
                raise BreakageError(f"{file.path}: {piece.shape.name}: the value is in neither place")
