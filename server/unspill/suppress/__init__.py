"""Why a finding is not shown: the settings, the place of a `.env`, directives in comments, a baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.model import Confidence

if TYPE_CHECKING:
    from collections.abc import Sequence

BASELINE = ".unspill-baseline"
"""The name of a baseline at the root of a repository, a project or a Space."""


def may_be_unused(data: bytes, directives: Sequence[int], confidence: Confidence) -> bool:
    """Whether a text without findings has to be looked at for the directives that end at `directives`.

    Those for other tools are reported to nobody who wants to be sure (`unspill.suppress.idle`).
    """
    return bool(directives) and (confidence is Confidence.LOW or b"unspill:" in data.lower())
