"""Secrets of a build: mount one where a command needs it, make a mount readable, delete an argument."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill import syntax
from unspill.fixes import dockerfile as moves
from unspill.fixes import moving
from unspill.languages import dockerfile
from unspill.model import Edit, Fix, Plan, Safety, Span
from unspill.space import images

if TYPE_CHECKING:
    from tree_sitter import Node

    from unspill.document import Document
    from unspill.fixes import Project
    from unspill.model import Finding

_ARGUMENT = "Pass the secret to the build as `--secret id={0}` in place of `--build-arg {0}`."
_SPECIAL = re.compile(r'["\\`!]|\$(?!\()')
_SHELL = "The command is not run by a shell: mount the secret, and read its file, manually."


def plan(finding: Finding, document: Document, _project: Project) -> Plan:
    """The fix of a mount, of a read without one, or of an argument. Raises UnparsedError."""
    path = syntax.enclosing(dockerfile.tree(document), finding.span)
    instruction = dockerfile.innermost_instruction(path)
    if instruction is None:
        return Plan(withheld=finding.docs)
    pair = dockerfile.pair_at(path)
    if pair is not None:
        return _without_argument(document, pair)
    text = document.text(finding.span)
    mount = next((one for one in images.mounts(instruction) if one.span == finding.span), None)
    if mount is not None:
        if mount.has_mode or mount.target not in syntax.text_of(instruction).replace(document.text(mount.span), ""):
            return Plan(withheld=finding.docs)
        end = mount.span.end
        return _checked(document, f"Make the secret {mount.id} readable", [(Span(end, end), ",mode=0444")])
    if text.startswith("'"):
        return _requoted(document, finding.span)
    if text.startswith(images.FOLDER):
        name = text.removeprefix(images.FOLDER)
        return _checked(document, f"Mount the secret {name} for this RUN", moves.mounting(instruction, name)[1])
    changes = moves.exported(document, instruction, text)
    if not changes:
        return Plan(withheld=_SHELL)
    return _checked(document, f"Mount the secret {text} for this RUN", changes)


def _requoted(document: Document, span: Span) -> Plan:
    """Replace single quotes by double ones, in which a shell runs `$(…)`."""
    if _SPECIAL.search(document.text(span)):
        return Plan(withheld="The text has characters that double quotes treat in another way: change it manually.")
    ends = (Span(span.start, span.start + 1), Span(span.end - 1, span.end))
    return _checked(document, "Use double quotes, in which the shell reads the file", [(end, '"') for end in ends])


def _without_argument(document: Document, pair: Node) -> Plan:
    """Delete an ARG or ENV, and mount the secret in each RUN that expands it."""
    name = dockerfile.pair_name(pair)
    deleted = moves.removal(document, pair)
    if deleted is None:
        return Plan(withheld=moves.UNPARSED)
    changes = [deleted]
    for instruction in moves.following(pair.parent, dockerfile.instructions(document)) if pair.parent else ():
        used = moves.uses(document, instruction, name, build_only=dockerfile.is_build_argument(pair))
        if used is None:
            line = document.line_at(instruction.start_byte) + 1
            return Plan(withheld=f"Line {line} uses {name} but cannot use build secrets: change it manually first.")
        changes += used
    title = f"Remove {name}, and mount the secret where it is needed"
    return _checked(document, title, changes, _ARGUMENT.format(name))


def _checked(document: Document, title: str, changes: moving.Changes, reason: str = "") -> Plan:
    """The plan for `changes`; it is safe if there is no `reason` to look at it first."""
    if not changes or not moving.still_parses(document, changes, "containerfile"):
        return Plan(withheld="The Dockerfile would no longer parse: edit it manually.")
    edits = tuple(Edit(document.path, span, text) for span, text in changes)
    safety = Safety.UNSAFE if reason else Safety.SAFE
    return Plan((Fix(title, safety, edits, preferred=not reason, reason=reason),))
