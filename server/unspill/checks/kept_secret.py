"""A mounted secret that a command writes into a layer of the image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding

_FROM_FILE = re.compile(r"\b([A-Za-z_]\w*)=[\"']?\$\(\s*(?:cat\s|<)\s*/run/secrets/")
_URL = re.compile(r"git\s.{0,500}\b(?:clone|remote|submodule|fetch|pull)\b.*://")
_COPIES = re.compile(r"(?:cp|mv|install)\s")
_CLEANS = re.compile(r"\b(?:rm|shred|unlink|logout|unset)\s|set-url|--unset|config\s+(?:delete|rm)\b")
_OTHER_FILES = re.compile(r"type=(?:tmpfs|cache)")


def kept(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each command that keeps a mounted secret in a layer that is part of the image."""
    from unspill import syntax
    from unspill.space import apps, images

    if apps.at(seen.tree, document.path) is None:
        return
    try:
        for stage in images.shipped(document):
            for run in images.runs(stage):
                if images.mounts(run) and not _OTHER_FILES.search(syntax.text_of(run)):
                    yield from _kept_by(document, run)
    except syntax.UnparsedError:
        return


def _kept_by(document: Document, run: Node) -> Iterator[Finding]:
    from unspill import syntax
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.document import Document as Text
    from unspill.languages import dockerfile, shell
    from unspill.space import images

    script = dockerfile.script(document, run)
    if script is None or _CLEANS.search(script.data.decode("utf-8", "replace")):
        return
    mounts = [one for one in images.mounts(run) if kind_of(one.id.replace("-", "_")) is NameKind.SECRET]
    names = {mount.env for mount in mounts if mount.env}
    names.update(_FROM_FILE.findall(script.data.decode("utf-8", "replace")))
    inner = Text(script.data, "run.sh", "shell")
    for command in shell.commands(inner):
        words = syntax.text_of(command)
        uses = any(mount.target in words for mount in mounts)
        uses = uses or any(re.search(rf"\$\{{?{name}\b", words) for name in names)
        if uses and (how := _how(words, shell.written_file(inner, command))):
            span = Span(command.start_byte + script.start, command.end_byte + script.start)
            yield CHECK.finding(document.path, span, f"{how}: whoever has the image has the secret.")


def _how(words: str, file: str) -> str:
    """How a command with a secret among its words keeps it; "" if it does not."""
    from unspill.fixes.dockerfile import PERSISTS, WRITES_FILE
    from unspill.fixes.shell import is_login

    if is_login(words) or PERSISTS.match(words):
        return "The command writes the secret to a file of this layer"
    if _URL.match(words):
        return "git keeps the URL, with the secret in it, in this layer"
    if _COPIES.match(words):
        return "The secret is copied to this layer"
    return f"The secret is written to {file} in this layer" if file and WRITES_FILE.match(words) else ""


CHECK = Check(
    id="secret-in-layer",
    name="Secret in a layer of the image",
    severity=Severity.WARNING,
    docs="A mount keeps a secret out of the image, but what a command writes stays in its layer, and the images of "
    "public Spaces can be downloaded. Give the secret to the one command that needs it, delete the file in the same "
    "RUN, or write it when the container starts.",
    of_document=kept,
)
