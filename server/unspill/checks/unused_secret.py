"""A secret that a template of a `.env` declares, and that nothing in the app reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Confidence, Related, Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import ProjectIndex
    from unspill.model import Finding


def unused(index: ProjectIndex) -> Iterator[Finding]:
    """A finding for each declaration of such a name, unless an undeclared one was meant to be it."""
    from unspill.contract import evidence
    from unspill.contract.kinds import NameKind
    from unspill.contract.names import NameState
    from unspill.contract.spelling import meant, read_by_library

    names = index.names()
    undeclared = [one.name for one in names if one.read and not one.declared]
    declared = [one.name for one in names if one.declared]
    for one in names:
        if one.state is not NameState.UNUSED or one.kind is not NameKind.SECRET:
            continue
        if any(meant(other, declared, index.known) == one.name for other in undeclared):
            continue
        reader = read_by_library(one.name, names)
        said = f"Nothing reads {one.name}: delete it here, and wherever it is set."
        env, related = tuple[str, ...](), tuple[Related, ...]()
        if reader is not None:
            place = reader.implicit[0]
            call = place.document.text(place.span)
            said, env = f"Nothing reads {one.name}: {call} reads {reader.name}.", (reader.name,)
            related = (Related(f"{reader.name} is read here", place.source, place.span),)
        for path, document, span in one.declared:
            if document.language == "dotenv" and not evidence.is_test(path):
                yield CHECK.finding(path, span, said, env=env, confidence=Confidence.MEDIUM, related=related)


CHECK = Check(
    id="unused-secret",
    name="Unused secret",
    severity=Severity.WARNING,
    docs="A secret that is set and that nothing reads can only leak. Delete its line in the template, delete it where "
    "the program runs, and revoke it. If something does read it that is not in this project, ignore this.",
    of_project=unused,
    traits=Traits(fixer="entry", is_unnecessary=True),
)
