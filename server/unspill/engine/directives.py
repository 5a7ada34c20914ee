"""Where ignore directives may be, ours or another tool's (`suppress.directive_syntaxes` parses them).

The comments of a document are parsed only if the search that every document gets anyway has found such a text.
"""

from __future__ import annotations

from unspill.engine.matchers import Anchor

MARKER = "directive"
_END = r"(?:[^A-Za-z0-9_:\-]|\Z)"
# Directives about other things (`noqa: E501`) are frequent, and irrelevant here.
_PATTERNS = (
    r"unspill:[ \t]*ignore",
    r"leaks:allow",
    r"trufflehog:ignore",
    r"infisical-scan:ignore",
    r"ggignore",
    r"no-dd-secrets",
    r"kingfisher:(?:ignore|allow)",
    r"jfrog-ignore",
    r"pragma: ?(?:allow|white)list",
    r"secretlint-",
    rf"noqa(?:{_END}|:[^\n]*S10[5-7])",
    rf"nosec(?:{_END}|:[^\n]*B10[5-7])",
    r"nosemgrep",
    r"nosonar",
    r"zizmor:[ \t]*ignore\[",
    r"check=[^\n]*skip=",
    r"@auditignore",
)

ANCHORS = tuple(Anchor(f"(?i:{pattern})", (), 0, 0, (), keyword=False, marker=MARKER) for pattern in _PATTERNS)
