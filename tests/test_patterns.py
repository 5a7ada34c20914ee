"""Regular expressions: none takes more steps than its text lets expect, whatever the text."""

from __future__ import annotations

import os
import re
import resource
from collections import deque

import pytest

from tests.patterns import Used, pumps, used

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="what runs away is ended by a limit on its processor time"
)

PATTERNS = used()
LONG, SHORT = 40_000, 1_000
SECONDS = 15
"""Of processor time, for all texts of a pattern: what takes steps in the length needs a few at most, a square hours."""
BOUNDED = {
    "a path, a name, a message": ("shapes:_RANDOM", "languages._config:_BY_PATH", "fixes.text:_REQUIREMENTS"),
    "a pattern of a rule": ("rules:_LOOK_AROUND",),
    "what stands shortly before a value": (
        "languages.text:_", "judge.names:_", "engine.generic:NAME_BEFORE", "engine.named:NAME_BEFORE",
        "judge.generic:_DIGEST",
    ),
    "a value, or what a scan takes for one": ("judge.exclusions:_", "judge.scoring:'[A-Z]"),
}  # fmt: skip
"""What patterns are used on that are not lines or whole texts, and never longer than `SHORT`, or little."""
_SHORT_ONLY = tuple(name for names in BOUNDED.values() for name in names)


def runs_away(pattern: Used, size: int, seconds: int = SECONDS) -> bool:
    """Whether going through texts of so many characters takes a pattern more than so many seconds of a processor."""
    child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            for text in pumps(pattern.pattern, size):
                if pattern.anywhere:
                    deque(pattern.pattern.finditer(text), maxlen=0)
                else:
                    pattern.pattern.match(text)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return status != 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+b", r"[ \t]*a?[ \t]*b?[ \t]*c", rb"""\[(?:\s*"[^"]*"\s*,?)+\s*\]x""", r"(?:\.\.?|a){0,40}b"],
    ids=["nested", "neighbours", "around an option", "two ways to say the same"],
)
def test_what_is_careless_is_told(pattern: str | bytes) -> None:
    """The texts are such that a pattern which tries them in all their divisions runs away."""
    assert runs_away(Used(re.compile(pattern), anywhere=True), SHORT, seconds=2)


def test_every_pattern_is_known() -> None:
    """Those of modules, those made when they are needed, and those written in a call are all looked at."""
    assert {"languages.text:_NAMED_BEFORE", "engine.generic:_behind_name", "semantics.python.constants:'[ft]'"} <= set(
        PATTERNS
    )
    assert len(PATTERNS) > 250


@pytest.mark.slow
@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_runs_away(name: str) -> None:
    """Twice the text takes a pattern twice the steps; where texts are short by nature, at most four times."""
    assert not runs_away(PATTERNS[name], SHORT if name.startswith(_SHORT_ONLY) else LONG)
