"""A secret that the code needs and that no template of a `.env` declares, so that nobody is told to set it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Related, Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import ProjectIndex
    from unspill.contract.names import AppName
    from unspill.model import Finding


def undeclared(index: ProjectIndex) -> Iterator[Finding]:
    """A finding for each such name and file, at its first read there."""
    from unspill import space
    from unspill.contract.kinds import NameKind
    from unspill.contract.names import NameState
    from unspill.contract.spelling import meant

    names = index.names()
    unread = [one.name for one in names if one.state is NameState.UNUSED and one.kind is NameKind.SECRET]
    for one in names:
        # A slip in its last word may hide that a name is a secret's.
        is_slip = not one.declared and bool(one.read) and meant(one.name, unread, index.known) is not None
        is_needed = one.state is NameState.UNDECLARED and one.kind is NameKind.SECRET
        if not is_needed and not is_slip:
            continue
        right, said, related = _meant(one, index)
        firsts = {place.source: place for place in reversed(one.needed or one.read)}
        for path, place in firsts.items():
            template = space.template(index.tree, space.declaring(index.tree, path))
            message = f"{one.name} is read without a default, but {template} does not declare it{said or '.'}"
            env = (one.name, *([right] if right else []))
            yield CHECK.finding(path, place.span, message, env=env, related=related)


def _meant(one: AppName, index: ProjectIndex) -> tuple[str, str, tuple[Related, ...]]:
    """The name that was meant, what to say about it, and where that is declared or read; empty if it is not known."""
    from unspill.contract.spelling import meant, read_by_library

    declared = {other.name: other for other in index.names() if other.declared}
    if (right := meant(one.name, declared, index.known)) is not None:
        place = declared[right].declared[0]
        return right, f"; did you mean {right}?", (Related(f"{right} is declared here", place.source, place.span),)
    reader = read_by_library(one.name, index.names())
    if reader is not None:
        place = reader.implicit[0]
        call = place.document.text(place.span)
        return "", f"; {call} reads {reader.name}.", (Related(f"{reader.name} is read here", place.source, place.span),)
    known = meant(one.name, index.known, index.known, 1)
    return (known, f"; did you mean {known}?", ()) if known is not None else ("", "", ())


CHECK = Check(
    id="undeclared-secret",
    name="Undeclared secret",
    severity=Severity.WARNING,
    docs="The program needs this name, and nobody who sets it up is told: it starts, and fails. List the name in "
    "`.env.example` (`unspill fix` does; `unspill secrets init` adds what each is), and set it where the program runs.",
    of_project=undeclared,
    traits=Traits(fixer="undeclared"),
)
