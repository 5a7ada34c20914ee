"""A secret that a command needs while the image is built, and that no mount gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def unmounted(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each read of a secret in a RUN that has it neither from a mount nor from ARG or ENV."""
    from unspill import syntax
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.space import apps, images

    if apps.at(seen.tree, document.path) is None:
        return
    try:
        for number, stage in enumerate(images.stages(document)):
            for run in images.runs(stage):
                mounts = images.mounts(run)
                files = {mount.target for mount in mounts}
                there = images.variables(document, number, run)
                for read in images.reads(document, run):
                    if read.is_file and images.FOLDER + read.name not in files:
                        message = f"Nothing mounts {images.FOLDER}{read.name} in this RUN: the file is not there."
                    elif not read.is_file and read.name not in there and kind_of(read.name) is NameKind.SECRET:
                        is_mounted = any(mount.id == read.name for mount in mounts)
                        why = "its mount is a file, and no variable" if is_mounted else "no mount has it"
                        message = f"{read.name} is empty while the image is built: {why}."
                    else:
                        continue
                    yield CHECK.finding(document.path, read.span, message)
    except syntax.UnparsedError:
        return


CHECK = Check(
    id="unmounted-secret",
    name="Secret that the build does not have",
    severity=Severity.WARNING,
    docs="The environment of a Space, and of a container, has its secrets only when the app runs. A command of the "
    "build needs `RUN --mount=type=secret,id=NAME,mode=0444`, and reads `/run/secrets/NAME`.",
    of_document=unmounted,
    traits=Traits(fixer="build_secrets"),
)
