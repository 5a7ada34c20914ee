"""A secret mount that its command does not read, or cannot read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Confidence, Severity, Span, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding
    from unspill.space.images import SecretMount

_SUBSTITUTION = rb"'[^'\n]{0,500}?\$\(\s{0,9}(?:cat\s|<)\s{0,9}(?P<file>[^\s)']{1,200})[^'\n]{0,500}'"
_IN_QUOTES = re.compile(
    rb"\b(?:curl|wget|aria2c|http)\b[^\n'\"]{0,500}(?P<text>%b)|\b(?:echo|printf)\s(?P<piped>%b)\s*\|\s*(?!\w*sh\b)"
    % (_SUBSTITUTION, _SUBSTITUTION.replace(b"file", b"other"))
)
"""A command substitution in single quotes, where no shell makes one: the words of a request, or of a pipeline."""
_PLAIN = frozenset(
    """pip pip3 uv poetry apt-get apt apk yum dnf curl wget aria2c git hf huggingface-cli gdown cd mkdir rm cp mv ln cat
    echo printf ls chmod chown touch tar unzip gunzip sed grep export set true useradd adduser""".split()
)
"""Programs that do not look for a mounted secret by themselves."""


def mounts(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each mount of no use, and for each that only root could read."""
    from unspill import syntax
    from unspill.space import apps, images

    app = apps.at(seen.tree, document.path)
    if app is None:
        return
    try:
        for number, stage in enumerate(images.stages(document)):
            for run in images.runs(stage):
                user = images.user(document, number, run)
                for mount in images.mounts(run):
                    yield from _wrong(document, run, mount, user)
                    if app.sdk and mount.is_required:
                        message = f"Whoever duplicates the Space has no {mount.id} yet, and the build then stops."
                        yield CHECK.finding(document.path, mount.span, message, confidence=Confidence.LOW)
    except syntax.UnparsedError:
        return


def _wrong(document: Document, run: Node, mount: SecretMount, user: str) -> Iterator[Finding]:
    from unspill.space import images

    path, name = document.path, mount.id
    data = document.data[run.start_byte : run.end_byte]
    matches = list(_IN_QUOTES.finditer(data))
    spans = [match.span("text" if match["text"] else "piped") for match in matches if mount.target.encode() in match[0]]
    if spans and data.count(mount.target.encode()) == len(spans):
        start, end = spans[0]
        message = f"In single quotes no shell reads the secret {name}: use double quotes."
        yield CHECK.finding(path, Span(run.start_byte + start, run.start_byte + end), message)
    elif not spans and not _may_be_read(document, run, mount):
        yield CHECK.finding(path, mount.span, f"Nothing in this RUN reads the secret {name}: read {mount.target}.")
    elif not images.is_root(user) and not mount.has_mode and not mount.env:
        message = f"Only root can read the secret {name}, and this RUN is that of {user}: add mode=0444."
        yield CHECK.finding(path, mount.span, message)


def _may_be_read(document: Document, run: Node, mount: SecretMount) -> bool:
    """Whether a RUN may know of the file of a mount: it names it, or starts a program that may look for it."""
    from unspill import syntax
    from unspill.document import Document as Text
    from unspill.languages import dockerfile, shell

    script = dockerfile.script(document, run)
    if script is None or mount.is_moved or mount.env or mount.target.encode() in script.data:
        return True
    commands = shell.commands(Text(script.data, "run.sh", "shell"))
    return any(syntax.text_of(command.child_by_field_name("name")) not in _PLAIN for command in commands)


CHECK = Check(
    id="secret-mount",
    name="Secret mount that is not read",
    severity=Severity.WARNING,
    docs="A secret mount is a file, `/run/secrets/NAME`, during one RUN. It is no variable, and only root can read it "
    "without `mode=0444`. If nothing reads the file, the build goes on without the secret.",
    of_document=mounts,
    traits=Traits(fixer="build_secrets"),
)
