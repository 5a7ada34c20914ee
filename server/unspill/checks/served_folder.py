"""A folder that is served to visitors, with the secrets of the app in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding

_ADVICE = "Serve a folder that has nothing but what visitors need."


def served(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each of them."""
    from unspill.exposure import reach

    for one in reach.served(document, seen.tree):
        yield CHECK.finding(document.path, one.at, f"Serves {one.holds} to visitors.", docs=_ADVICE)


CHECK = Check(
    id="served-folder",
    name="Secrets in a served folder",
    severity=Severity.ERROR,
    docs="`allowed_paths` and `set_static_paths` of Gradio, `StaticFiles` and Flask's `static_folder` serve every file "
    "below a folder to anyone who knows its path, also those whose names begin with a dot. If that is the folder of "
    "the app, its `.env` is one of them; if it is `/`, so are saved tokens. Serve a folder such as `static/`.",
    of_document=served,
    examples=(
        'gr.Blocks().launch(allowed_paths=["/"])',
        'gr.Blocks().launch(allowed_paths=["static"])',
    ),
)
