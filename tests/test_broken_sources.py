"""Fixes of half-typed sources: never an exception, never a value in the words, never a source that parses worse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import fixes, syntax
from unspill.languages import language_of

from tests import test_config_fixes, test_dockerfile_fixes, test_shell_fixes, test_text_fixes
from tests.helpers import applied, document_of, finding_at, project, token

T = token(1)
GRAMMARS = {"dockerfile": "containerfile", "shell": "bash", "yaml": "yaml", "toml": "toml", "json": "json"}
SOURCES = [
    *((path, before) for path, before, _ in test_config_fixes.CASES.values()),
    *((path, before) for path, before, _ in test_config_fixes.REMOVED.values()),
    *((path, before) for path, before, _ in test_text_fixes.CASES.values()),
    *(("Dockerfile", before) for before, _ in test_dockerfile_fixes.CASES.values()),
    *(("start.sh", before) for before, _ in test_shell_fixes.CASES.values()),
]


def errors(source: str, language: str) -> int:
    """How many places the grammar of a language cannot read; 0 for a language that has none."""
    grammar = GRAMMARS.get(language)
    return syntax.errors(syntax.parse(source.encode(), grammar)) if grammar else 0


@settings(max_examples=300, deadline=None)
@given(
    source=st.sampled_from(SOURCES),
    cut=st.tuples(st.integers(0, 200), st.integers(0, 12)),
    typed=st.sampled_from(["", '"', "'", "\\", "$(", "{", "\n", " ", "`", "<<E\n", "#", "é"]),
)
def test_half_typed(source: tuple[str, str], cut: tuple[int, int], typed: str) -> None:
    """Whatever is missing or too much around the value, a fix either is sound or says why there is none."""
    path, text = source
    place = text.index(T)
    start = min(cut[0], len(text))
    end = min(start + cut[1], len(text))
    if start < place + len(T) and end > place:
        start = end = place
    document = document_of(text[:start] + typed + text[end:], path, language_of(path).id)
    made = fixes.plan(finding_at(document, T), document, project())
    assert made.fixes or made.withheld
    assert T not in made.withheld
    for fix in made.fixes:
        assert T not in fix.title + fix.reason
        after = applied(document, fix)
        assert after.count(T) < document.data.decode().count(T)
        assert errors(after, document.language) <= errors(document.data.decode(), document.language)


@pytest.mark.parametrize(
    ("path", "before"), SOURCES, ids=[f"{path} {number}" for number, (path, _) in enumerate(SOURCES)]
)
def test_nothing_is_left_to_fix(path: str, before: str) -> None:
    """After a fix the value stands nowhere in its document any more."""
    document = document_of(before, path, language_of(path).id)
    assert all(
        T not in applied(document, fix) for fix in fixes.plan(finding_at(document, T), document, project()).fixes
    )
