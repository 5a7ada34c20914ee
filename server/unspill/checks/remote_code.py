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

_RUNNING = re.compile(rb"trust_remote_code\s*=\s*True|custom_pipeline\s*=|\bhub\.load\b|torch\.hub\b")
_ADVICE = (
    "Leave it out if the library has the model built in; else pin `revision` and `code_revision` (for a pipeline "
    "`custom_revision`, for `torch.hub` the part after the colon) to a commit: `git ls-remote ADDRESS HEAD` prints the "
    "current one."
)


def unpinned(document: Document, seen: Seen) -> Iterator[Finding]:
    """A finding for each call that runs the latest code of a repository."""
    from unspill.exposure import reach

    for one in reach.remote_code(document, seen.tree):
        code = f"the code of pull request {one.request}" if one.request else "the latest code"
        message = f"Runs {code} of {one.repository} at each start: it can read {reach.listed(one.names)}."
        yield CHECK.finding(document.path, one.at, message, docs=_ADVICE)


CHECK = Check(
    id="unpinned-remote-code",
    name="Unpinned remote code next to secrets",
    severity=Severity.WARNING,
    docs="With `trust_remote_code=True` the Python code of a model's repository runs in the app, at its latest commit; "
    "so does that of a `custom_pipeline` of diffusers with an owner, and of a repository for `torch.hub.load`. "
    "Whoever can push to that repository, or takes over an account that can, reads all secrets of the app at its next "
    "start. A revision such as `refs/pr/1` is what anybody has proposed. Pin it to a commit of 40 hexadecimal digits "
    "that was reviewed: branches and tags move. Reported only if the app declares or reads a secret.",
    of_document=unpinned,
    gate=lambda data, _words: _RUNNING.search(data) is not None,
    examples=(
        'AutoModel.from_pretrained("owner/model", trust_remote_code=True, token=os.environ["HF_TOKEN"])',
        'AutoModel.from_pretrained("owner/model", token=os.environ["HF_TOKEN"])',
    ),
)
