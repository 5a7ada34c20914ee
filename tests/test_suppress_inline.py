"""`unspill: ignore` directives: only in real comments, only for their line or the next."""

from __future__ import annotations

import pytest
from unspill.suppress.inline import inline

from tests.helpers import document_of, finding_at, token

RULE = "huggingface-user-token"
LINE = f't = "{token()}"'


def _silenced(source: str, path: str = "app.py", language: str = "python") -> bool:
    document = document_of(source, path, language)
    finding = finding_at(document, token(), rule=RULE)
    kept, silenced = inline(document, [finding])
    assert {*kept, *silenced} == {finding}
    return bool(silenced)


@pytest.mark.parametrize(
    "source",
    [
        f"{LINE}  # unspill: ignore\n",
        f"{LINE}  # unspill: ignore[{RULE}]\n",
        f"{LINE}  # unspill: ignore[other, {RULE}] only a test\n",
        f"{LINE}  # noqa: S105 unspill:ignore\n",
        f"{LINE}  #UNSPILL: Ignore[{RULE.upper()}]\n",
        f"# unspill: ignore[{RULE}] reason\n{LINE}\n",
        f"if x:\n    # unspill: ignore\n    {LINE}\n",
        f"# unspill: ignore\r\n{LINE}\r\n",
        f"# unspill: ignore\r{LINE}\r",
    ],
)
def test_silences(source: str) -> None:
    """On the finding's line, or alone on the line before, with or without rule ids."""
    assert _silenced(source)


@pytest.mark.parametrize(
    "source",
    [
        f"{LINE}\n",
        f"{LINE}  # unspill: ignore[other-rule]\n",
        f"{LINE}  # unspill: ignore[]\n",
        f"{LINE}  # unspill: ignore-next\n",
        f"{LINE}  # unspill: ignored\n",
        f"{LINE}  # notunspill: ignore\n",
        f"{LINE}  # unspill\u200b: ignore\n",
        f"{LINE}  # unspill: ignore[{RULE}\n",
        f'{LINE}; s = "# unspill: ignore"\n',
        f"{LINE}\n# unspill: ignore\n",
        f"x = 1  # unspill: ignore\n{LINE}\n",
        f"# unspill: ignore\n\n{LINE}\n",
        f'"""unspill: ignore"""\n{LINE}\n',
    ],
)
def test_does_not_silence(source: str) -> None:
    """Not in strings, for other rules, from other lines' ends, from below, or misspelled."""
    assert not _silenced(source)


@pytest.mark.parametrize(
    ("source", "path", "language"),
    [
        (f"token: {token()}  # unspill: ignore\n", "a.yaml", "yaml"),
        (f"ENV T={token()}\n", "Dockerfile", "dockerfile"),
        (f"# unspill: ignore\nENV T={token()}\n", "Dockerfile", "dockerfile"),
        (f"<!-- unspill: ignore -->\n{token()}\n", "README.md", "readme"),
        (f"```\r\na\r\n```\r\n<!-- unspill: ignore -->\r\n{token()}\r\n", "README.md", "readme"),
        (f"T={token()} # unspill: ignore\n", ".env", "dotenv"),
    ],
)
def test_comments_of_other_languages(source: str, path: str, language: str) -> None:
    """Each language's own comments carry directives."""
    assert _silenced(source, path, language) == ("unspill" in source)


def test_a_finding_of_several_lines() -> None:
    """A directive on the last line of a finding, behind it, counts as well as one above the first."""
    source = f't = """{token()}\nmore"""  # unspill: ignore\n'
    document = document_of(source)
    finding = finding_at(document, f"{token()}\nmore", rule=RULE)
    assert inline(document, [finding]) == ((), (finding,))
