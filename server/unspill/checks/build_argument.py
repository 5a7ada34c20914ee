"""A secret that a Dockerfile takes as a build argument, or keeps in the environment of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity, Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding


def arguments(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each ARG with the name of a secret and no value, and for each ENV that keeps one of an ARG."""
    from unspill import syntax
    from unspill.contract.kinds import NameKind, kind_of
    from unspill.languages import dockerfile
    from unspill.space import apps

    app = apps.at(seen.tree, document.path)
    if app is None:
        return
    try:
        pairs = [pair for node in dockerfile.instructions(document) for pair in dockerfile.pairs(node)]
    except syntax.UnparsedError:
        return
    for pair in pairs:
        name, value = dockerfile.pair_name(pair), document.text(dockerfile.pair_value(pair)).strip("\"'")
        is_passed_on = value in (f"${name}", f"${{{name}}}")
        is_argument = dockerfile.is_build_argument(pair)
        if not (is_passed_on or (is_argument and not value)) or kind_of(name) is not NameKind.SECRET:
            continue
        what = "Build arguments stay in the history of the image" if is_argument else "ENV stays in the image"
        more = ", and a Space takes them from public variables" if is_argument and app.sdk else ""
        message = f"{what}{more}: mount {name} as a secret where it is needed."
        yield CHECK.finding(document.path, dockerfile.name_span(pair), message)


CHECK = Check(
    id="secret-build-argument",
    name="Secret as a build argument",
    severity=Severity.WARNING,
    docs="Whoever has the image can read the values of `ARG` and `ENV`. In a Space, an `ARG` is filled from a "
    "variable, and those are public. Secrets reach a build as `RUN --mount=type=secret,id=NAME`, and the app in its "
    "environment.",
    of_document=arguments,
    traits=Traits(fixer="build_secrets"),
)
