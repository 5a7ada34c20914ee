"""Output formats, what masks text, and fingerprints."""

from __future__ import annotations

import io
import json
import string
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import output
from unspill.app.report import Excerpt, Other, Report, ReportedFinding
from unspill.document import Position
from unspill.fingerprint import fingerprint
from unspill.model import Confidence, Secret, Severity, Skipped, Span
from unspill.output import OUTPUTS, Style
from unspill.output.text import printable
from unspill.scan import Scanner
from unspill.shapes import MASK, mask, mask_shapes

from tests.helpers import document_of, finding_at, token

ROW = ReportedFinding(
    "secret", "app.py", "a-rule", "A token", Severity.WARNING, Confidence.MEDIUM, "A message.", Position(0, 4),
    Position(0, 9), "assignment", "f" * 32, "A_TOKEN", True, "Do this.", Excerpt("x = '", "' # y"),
)  # fmt: skip


def _written(name: str, report: Report, style: Style = Style()) -> str:  # noqa: B008 - immutable
    stream = io.StringIO()
    output.write(name, report, stream, style)
    return stream.getvalue()


def test_every_module_is_registered() -> None:
    """Each module of the package that is a format is in the registry, under a name."""
    folder = Path(output.__file__).parent
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(OUTPUTS.values())


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_format_writes_an_empty_report(name: str) -> None:
    """A report without findings is written, and ends with a line end."""
    assert _written(name, Report()).endswith("\n")


def test_text_is_plural_where_it_should_be() -> None:
    """The summary counts in plain English, and names what was skipped, silenced and left at home."""
    report = Report(
        (ROW, ROW._replace(severity=Severity.ERROR), ROW._replace(severity=Severity.INFO, fixable=False)),
        files=1234,
        bytes=5_600_000,
        env_values=1,
        skipped=(Skipped("a", "binary"), Skipped("b", "binary"), Skipped("c", "cannot be read", incomplete=True)),
        suppressed={"inline": 2, "baseline": 0, "config": 1},
    )
    assert _written("text", report).split("\n\n")[-1] == (
        "Found 1 error, 1 warning, 1 info in 1,234 files (6 MB).\n"
        "2 can be fixed with `unspill fix`.\n"
        "1 value in a git-ignored .env (not reported).\n"
        "3 findings suppressed: 2 inline, 1 config.\n"
        "Skipped: 2 binary.\n"
        "Incomplete: 1 file could not be scanned in full:\n"
        "  c: cannot be read\n"
    )


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_long_line_is_cut_around_the_value(width: int) -> None:
    """The masked value is always on the shown line, which keeps to the width."""
    row = ROW._replace(excerpt=Excerpt("before " * 40, " after" * 40))
    lines = _written("text", Report((row,)), Style(width=width)).splitlines()
    [line] = [line for line in lines if MASK in line]
    assert len(line) <= max(min(width, 100), 30)
    assert "..." in line


def test_a_check_has_no_line() -> None:
    """A check shows its message, and no line of the file."""
    text = _written("text", Report((ROW._replace(kind="check"),)))
    assert "  A message.\n" in text
    assert MASK not in text


def test_related_places_are_notes() -> None:
    """Each other place of a finding is a note of one line with its own path, line and column, before the advice."""
    others = (
        Other("../conf\x1b.py", Position(6, 2), Position(6, 8), "read here"),
        Other("b.py", Position(0, 0), Position(0, 1), "and here"),
    )
    text = _written("text", Report((ROW._replace(related=others),)))
    assert "  note: ../conf\\x1b.py:7:3: read here\n  note: b.py:1:1: and here\n  Do this.\n" in text


def test_json_is_ascii() -> None:
    """JSON survives any locale: it is ASCII, and lone surrogates come back."""
    row = ROW._replace(path="ü\x1b\udcff.py")
    text = _written("json", Report((row,)))
    assert text.isascii()
    assert json.loads(text)["findings"][0]["path"] == row.path


@given(st.text())
def test_printable_is_one_harmless_line(text: str) -> None:
    """Whatever is in a name, it prints on one line and moves no cursor."""
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5))
def test_mask_leaves_nothing_of_a_span(text: str, pairs: list[tuple[int, int]]) -> None:
    """What remains of masked text is exactly what no span covers, in order."""
    data = text.encode()
    spans = [Span(min(pair), max(pair)) for pair in pairs]
    covered = {at for span in spans for at in range(span.start, span.end)}
    rest = bytes(byte for at, byte in enumerate(data) if at not in covered)
    shown = mask(data, spans).encode("utf-8", "surrogateescape")
    assert len(shown.replace(MASK.encode(), b"")) <= len(data)
    if MASK not in text:
        assert shown.replace(MASK.encode(), b"") == rest or b"<hidden>" in rest


def test_a_name_is_masked_by_its_shape_alone() -> None:
    """A provider's token is masked wherever it stands in a path or an error; words, short and long, stay."""
    assert mask_shapes(f"a correct horse in admin/{token()}/x.py") == f"a correct horse in admin/{MASK}/x.py"
    assert mask_shapes("unspill.toml: credential acme-key: token: unknown key") == (
        "unspill.toml: credential acme-key: token: unknown key"
    )


@given(
    st.sampled_from(["hf_", "sk-ant-api03-", "ghp_", "glpat-", "AKIA", "AIza"]),
    st.integers(0, 9),
    st.integers(16, 90),
    st.sampled_from(["", "x", "my_", "9-"]),
)
def test_whatever_follows_a_prefix_is_masked(prefix: str, seed: int, size: int, before: str) -> None:
    """Of a known prefix and what follows it nothing is shown, however long it is and whatever it is glued to."""
    body = "".join(Random(seed).choices(string.ascii_letters + string.digits, k=size))
    for text in (before + prefix + body, token() + before + prefix + body, before + prefix + body + token()):
        shown = mask_shapes(f'a = "{text}" # b')
        assert shown.startswith('a = "')
        assert shown.endswith('" # b')
        assert not any(body[at : at + 8] in shown for at in range(size - 7))


def test_names_and_words_are_shown() -> None:
    """What the rules say of themselves, and paths of words, are no runs of a token's characters."""
    rules = Scanner().engine.rules
    texts = {text for rule in rules for text in (*rule.env, rule.id, rule.name, rule.docs, rule.revoke)}
    texts |= {
        "hf_hub_download_the_file.py",
        "modules/aws_ecs_expressgatewayservice.tf",
        "docs/gcloud_alpha_container_hub_policycontroller_disable.1.gz",
        f"runs/task-{'0a1b2c3d4e5f' * 2}/TaskRunner-PolicyControllerDeployment.java",
        "tests/task-2024-06-report/sk-learn-pipelines.txt",
        "a" * 40,
        "0123456789" * 4,
    }
    assert [text for text in texts if mask_shapes(text) != text] == []


def test_fingerprints() -> None:
    """A strong value is called the same wherever it stands; a weak one by its place, so that it cannot be guessed."""
    document = document_of(f'x = "{token()}"\npassword = "hunter2"\n')
    strong = finding_at(document, token())
    assert fingerprint(strong, "a", 0, b"k") == fingerprint(strong, "b", 3, b"k")
    assert fingerprint(strong, "a", 0, b"k") != fingerprint(strong, "a", 0, b"other")
    assert fingerprint(strong, "a", 0, b"k") != fingerprint(strong._replace(rule="other"), "a", 0, b"k")
    weak = finding_at(document, "hunter2")
    other = weak._replace(secret=Secret("hunter3"))
    assert fingerprint(weak, "a", 0, b"k") == fingerprint(other, "a", 0, b"k")
    assert len({fingerprint(weak, path, ordinal, b"k") for path in "ab" for ordinal in (0, 1)}) == 4
