"""A declared name that no secret of a Space can have: the Hub refuses it, or the Space sets it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Confidence, Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import ProjectIndex
    from unspill.model import Finding


def refused(index: ProjectIndex) -> Iterator[Finding]:
    """A finding for each declaration of such a name."""
    from unspill.languages import dotenv
    from unspill.shapes import may_be_secret
    from unspill.space import names, words

    if not index.home.sdk:
        return
    own = {one.name for one in index.names() if one.is_built_in}
    for document in index.documents:
        if document.language != "dotenv" or not dotenv.is_template(document.path):
            continue
        for entry in dotenv.parse(document).entries:
            if may_be_secret(entry.name):
                continue
            if entry.name in own:
                said = f"{entry.name} is set by the Space itself: a value from its settings would be replaced."
                yield CHECK.finding(document.path, entry.name_span, said)
            elif not names.VALID.match(entry.name):
                said = f"{entry.name} is no name for a secret of a Space: use letters, digits and _, a letter first."
                env = tuple(filter(None, [words.as_env_name(entry.name)]))
                yield CHECK.finding(document.path, entry.name_span, said, env=env, confidence=Confidence.MEDIUM)


CHECK = Check(
    id="refused-name",
    name="Name that a Space cannot use",
    severity=Severity.WARNING,
    docs="The names of a Space's secrets begin with a letter, and have only letters, digits and `_`. Names such as "
    "`SPACE_ID` are set by the Space itself. Rename it where it is declared and read, or delete its line.",
    of_project=refused,
    traits=Traits(fixer="entry"),
)
