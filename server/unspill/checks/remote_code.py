"""Code of a repository that nobody pinned, run where it can read the secrets of the app."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.checks.check import Check
from unspill.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.checks.check import Seen
    from unspill.document import Document
    from unspill.model import Finding

_TRUSTING = re.compile(rb"trust_remote_code\s*=\s*True")
_ADVICE = (
    "Leave it out if the library has the model built in; else pin `revision` and `code_revision` to a commit: "
    "`git ls-remote https://huggingface.co/OWNER/NAME HEAD` prints the current one."
)


def unpinned(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each call that runs the latest code of a repository."""
    from unspill.exposure import reach

    for one in reach.remote_code(document, seen.tree):
        message = f"Runs the latest code of {one.repository} at each start: it can read {reach.listed(one.names)}."
        yield CHECK.finding(document.path, one.at, message, docs=_ADVICE)


CHECK = Check(
    id="unpinned-remote-code",
    name="Unpinned remote code next to secrets",
    severity=Severity.WARNING,
    docs="With `trust_remote_code=True` the Python code of a model's repository runs in the app, at its latest commit. "
    "Whoever can push to that repository, or takes over an account that can, reads all secrets of the app at its next "
    "start. Pin `revision` and `code_revision` to a commit of 40 hexadecimal digits that was reviewed: branches and "
    "tags move. Reported only if the app declares or reads a secret.",
    of_document=unpinned,
    gate=lambda data, _words: _TRUSTING.search(data) is not None,
    examples=(
        'AutoModel.from_pretrained("owner/model", trust_remote_code=True, token=os.environ["HF_TOKEN"])',
        'AutoModel.from_pretrained("owner/model", token=os.environ["HF_TOKEN"])',
    ),
)
