"""The front matter of a Space's README: what is wrong with it, and what a fix makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from unspill import checks, fixes
from unspill.checks.check import Seen
from unspill.checks.front_matter import CHECK, wrong
from unspill.document import Document, apply_edits
from unspill.model import Confidence, Safety, Span
from unspill.settings import Settings
from unspill.space import frontmatter

from tests.cli import unspill, write
from tests.helpers import MemoryTree, document_of, project
from tools import frontmatter as tool

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.model import Finding

COLORS = "red, yellow, green, blue, indigo, purple, pink or gray"
HEADERS = "cross-origin-embedder-policy, cross-origin-opener-policy or cross-origin-resource-policy"
PARTS = ("sdk: gradio\n", "---\n", "a: [", "b: *x\n", "- c\n", "\t", "é", ": ", '"', "#", "|\n")


def readme(*lines: str) -> Document:
    """A README with these lines of front matter."""
    return document_of("\n".join(["---", *lines, "---", "# A Space", ""]), "README.md", "readme")


def found(document: Document, tree: MemoryTree | None = None) -> list[Finding]:
    """What the check says of a document."""
    return list(wrong(document, Seen((), (), Settings(), tree, None, directives=False)))


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        ("python_version: 3.10", "3.10", "YAML reads python_version: 3.10 as the number 3.1: quote it."),
        ("sdk_version: 4.0", "4.0", "YAML reads sdk_version: 4.0 as the number 4: quote it."),
        ("sdk_version: [4]", "[4]", "sdk_version must be a version in quotes."),
        ("colorTo: emerald", "emerald", f"colorTo must be {COLORS}."),
        ("colorFrom: Gray", "Gray", f"colorFrom must be {COLORS}; did you mean gray?"),
        ("emoji: robot", "robot", "emoji must be an emoji, and nothing else."),
        ("app_fil: app.py", "app_fil", "Unknown key app_fil; did you mean app_file?"),
        ("sdk-version: 5.1.0", "sdk-version", "Unknown key sdk-version; did you mean sdk_version?"),
        ("fullwidth: true", "fullwidth", "Unknown key fullwidth; did you mean fullWidth?"),
        ("app_port: web", "web", "app_port must be a whole number."),
        ("app_port: 78600", "78600", "app_port is at most 65535."),
        ("pinned: maybe", "maybe", "pinned must be true or false."),
        ("tags: chat", "chat", "tags must be a list."),
        ("models: {a: b}", "{a: b}", "models must be a list."),
        ("title: [a]", "[a]", "title must be a text."),
        ("hf_oauth_expiration_minutes: 99999", "99999", "hf_oauth_expiration_minutes is at most 43200."),
        ("hf_oauth_scopes: [write_repos]", "write_repos", "Unknown hf_oauth_scopes: did you mean write-repos?"),
        ("suggested_hardware: t4-smal", "t4-smal", "Unknown suggested_hardware: did you mean t4-small?"),
        ("suggested_storage: huge", "huge", "suggested_storage must be small, medium or large."),
        ("header: none", "none", "header must be default or mini."),
        ("base_path: admin", "admin", "base_path must be a path that starts with /."),
        ("startup_duration_timeout: long", "long", "startup_duration_timeout must be a duration, such as 1h or 30m."),
        (
            "secrets: [HF_TOKEN]",
            "secrets",
            "secrets sets nothing: the Hub has no key for secrets. Set them in the settings of the Space.",
        ),
        (
            "custom_headers: {Cross-Origin-Opener-Policy: same-origin}",
            "Cross-Origin-Opener-Policy",
            f"A key of custom_headers must be {HEADERS}; did you mean cross-origin-opener-policy?",
        ),
        ("title: Chat: a demo", "Chat: a demo", "YAML needs quotes around a text with a colon."),
        ("sdk: docker", "sdk", "sdk is set twice: delete one of the two."),
    ],
)
def test_what_is_wrong(line: str, text: str, message: str) -> None:
    """Each wrong key or value is a warning at its place, and says what there should be."""
    document = readme("sdk: gradio", line)
    [one] = found(document)
    assert (document.text(one.span), one.message, one.severity.value) == (text, message, "warning")
    assert document.line_at(one.span.start) == 2


@pytest.mark.parametrize(
    "line",
    [
        "python_version: '3.10'",
        "python_version: 3.11",
        "python_version: 3.12.12",
        "sdk_version: 6.20.0",
        "sdk_version: latest",
        "sdk_version: 3.4  # as it was",
        'emoji: "\\U0001F50A"',
        "emoji: 🐳🤗",
        "emoji: 1️⃣",
        "title: 2048",
        "title: 'Chat: a demo'",
        "title: a:b",
        "title: &name Chat",
        "license:",
        "subtitle: more",
        "description: more",
        "version: 1.0",
        "app_name: x",
        "library_name: diffusers",
        "base_model: a/b",
        'pinned: "true"',
        "pinned: no",
        'app_port: "7860"',
        "startup_duration_timeout: 90",
        "suggested_hardware: h200x8",
        "hf_oauth_authorized_org: [a, b]",
        "hf_oauth_authorized_org: a",
        "hf_oauth_scopes:\n  - inference-api\n  - new-scope",
        "preload_from_hub:\n- a/b c.bin",
        "custom_headers:\n  cross-origin-embedder-policy: require-corp",
        "# sdk_version: 4.0",
    ],
)
def test_what_the_hub_accepts(line: str) -> None:
    """What published Spaces have, or what may be somebody's own, is no finding at the usual confidence."""
    kept = [one for one in found(readme("sdk: gradio", line)) if one.confidence > Confidence.LOW]
    assert kept == []


def test_an_unknown_key_is_unsure() -> None:
    """A key that resembles none is reported with low confidence only: other tools have theirs there."""
    [one] = found(readme("sdk: docker", "dockerfile: Dockerfile.hf"))
    assert one.message == "Unknown key dockerfile: the Hub does nothing with it."
    assert one.confidence is Confidence.LOW


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        (["title: Post", "tags: a", "date: 2026-01-01"], []),
        (["license: mit", "tags: [a]", "library_name: x"], []),
        (["layout: page"], []),
        (["colorFrom: red", "app_file: app.py"], ["sdk is missing: set it to gradio, docker or static."]),
        (["sdk:"], ["sdk has no value: set it to gradio, docker or static."]),
        (["SDK: gradio"], ["Unknown key SDK; did you mean sdk?"]),
        (["sdk: streamlit"], []),
        (["sdk: gardio"], ["sdk must be gradio, docker or static; did you mean gradio?"]),
        (["sdk: gradio", "  app: [x"], ["The front matter is not valid YAML: the Hub cannot read it."]),
    ],
)
def test_which_readme_is_a_space(lines: list[str], messages: list[str]) -> None:
    """Only a README with `sdk`, or with keys of Spaces alone, is looked at: blogs and models have front matter, too."""
    assert [one.message for one in found(readme(*lines))] == messages


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("# Title\n---\nsdk: gradio\n---\n", 1),
        ("<!-- x -->\r\n---\r\ntitle: A\r\nsdk: docker\r\n---\r\n", 1),
        ("# How to\n```yaml\n---\nsdk: gradio\n---\n```\n", 0),
        ("# Title\n\n---\nThe sdk: gradio\n", 0),
        ("---\ntitle: A\n---\n\n---\nsdk: gradio\n---\n", 0),
    ],
)
def test_a_front_matter_that_is_not_at_the_top(text: str, count: int) -> None:
    """The Hub reads the first line only; an example in a fenced block is none."""
    messages = [one.message for one in found(document_of(text, "README.md", "readme"))]
    assert messages == ["The front matter must be at the top of the file: the Hub does not see it here."] * count


@pytest.mark.parametrize(("start", "end"), [("", "\r\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n")])
def test_a_byte_order_mark_and_the_ends_of_lines_change_nothing(start: str, end: str) -> None:
    """The same is found and fixed as in a file without, and they stay as they are."""
    lines = ("sdk: Docker", "colorFrom: Blue  # a color", "python_version: 3.10", "pinned: 'maybe'", "fullwidth: true")
    usual = readme(*lines)
    other = document_of(start + usual.text(Span(0, len(usual.data))).replace("\n", end), "README.md", "readme")
    assert [one.message for one in found(other)] == [one.message for one in found(usual)]
    plans = [fixes.plan(found(one)[0], one, project()).fixes[0] for one in (usual, other)]
    edits = [[(edit.span, edit.text) for edit in fix.edits] for fix in plans]
    fixed = [apply_edits(one.data, some) for one, some in zip((usual, other), edits, strict=True)]
    assert fixed[1] == start.encode() + fixed[0].replace(b"\n", end.encode())


def test_other_markdown_has_none() -> None:
    """Of all Markdown only README.md is read by the Hub."""
    text = "---\nsdk: gradio\ncolorFrom: black\n---\n"
    assert found(document_of(text, "docs/space.md", "readme")) == []
    assert len(found(document_of(text, "spaces/a/Readme.md", "readme"))) == 1


@pytest.mark.parametrize(
    ("lines", "files", "at"),
    [
        (["sdk: gradio"], ["app.py"], ""),
        (["sdk: gradio"], ["main.py"], "gradio"),
        (["sdk: gradio", "app_file: src/main.py"], ["src/main.py"], ""),
        (["sdk: gradio", "app_file: ./main.py"], ["main.py"], ""),
        (["sdk: gradio", "app_file: src/main.py"], ["main.py"], "src/main.py"),
        (["sdk: static"], ["index.html"], ""),
        (["sdk: static", "app_file: dist/index.html"], ["index.html"], "dist/index.html"),
        (["sdk: static", "app_file: dist/index.html", "app_build_command: npm run build"], [], ""),
        (["sdk: docker", "app_file: app.py"], ["Dockerfile"], ""),
        (["sdk: docker"], ["app.py"], "docker"),
        (["sdk: streamlit"], [], ""),
    ],
)
def test_what_a_space_starts_with_must_be_there(lines: list[str], files: list[str], at: str) -> None:
    """The program that is named, or that the kind of Space starts with by itself, is a file of the Space."""
    document = readme(*lines)
    inner = Document(document.data, "spaces/a/README.md", "readme")
    for one, folder in ((document, ""), (inner, "spaces/a/")):
        tree = MemoryTree({f"{folder}{name}": b"" for name in files})
        assert [one.text(finding.span) for finding in found(one, tree)] == ([at] if at else [])


@pytest.mark.parametrize(
    ("line", "fixed", "safety"),
    [
        ("python_version: 3.10", 'python_version: "3.10"', Safety.SAFE),
        ("sdk_version: 4.0  # old", 'sdk_version: "4.0"  # old', Safety.SAFE),
        ("title: Chat: a demo", 'title: "Chat: a demo"', Safety.SAFE),
        ("sdk-version: 5.1.0", "sdk_version: 5.1.0", Safety.SAFE),
        ("colorTo: GREEN", "colorTo: green", Safety.SAFE),
        ("colorTo: grean", "colorTo: green", Safety.UNSAFE),
        ("app_fil: a.py", "app_file: a.py", Safety.UNSAFE),
        ("tag: [a]", "tags: [a]", Safety.UNSAFE),
    ],
)
def test_a_fix_changes_one_word(line: str, fixed: str, safety: Safety) -> None:
    """A fix quotes a version or corrects a word; without being looked at only where nothing else can be meant."""
    document = readme("sdk: gradio", line)
    [one] = found(document)
    [fix] = fixes.plan(one, document, project()).fixes
    assert (fix.safety, fix.preferred) == (safety, safety is Safety.SAFE)
    after = Document(apply_edits(document.data, [(edit.span, edit.text) for edit in fix.edits]), "README.md", "readme")
    assert after.data == readme("sdk: gradio", fixed).data
    assert found(after) == []


def test_what_cannot_be_fixed_says_where_to_look() -> None:
    """Where no word is known to be meant, the reference of the Hub is named."""
    document = readme("sdk: gradio", "colorTo: emerald")
    plan = fixes.plan(found(document)[0], document, project())
    assert plan == (((), "Keys and values: https://huggingface.co/docs/hub/spaces-config-reference"))


def test_check_and_fix(tmp_path: Path) -> None:
    """The command line reports, does not fail, fixes what is sure, and then has nothing to fix any more."""
    write(tmp_path, {"README.md": "---\nsdk: gradio\npython_version: 3.10\ncolorto: grene\n---\n", "app.py": ""})
    ran = unspill(tmp_path, "check", "--format", "json")
    assert (ran.code, [one["rule"] for one in ran.report["findings"]]) == (0, ["space-front-matter"] * 2)
    assert unspill(tmp_path, "check", "README.md", "--format", "json").report["findings"] == ran.report["findings"]
    unspill(tmp_path, "fix")
    text = (tmp_path / "README.md").read_text()
    assert text == '---\nsdk: gradio\npython_version: "3.10"\ncolorTo: grene\n---\n'
    assert unspill(tmp_path, "check", "--fail-on", "warning").code == 1
    unspill(tmp_path, "fix", "--unsafe")
    assert unspill(tmp_path, "check", "--fail-on", "warning").code == 0


def test_the_schema_is_made_of_the_table() -> None:
    """`schemas/frontmatter.json` is a schema, and as `python -m tools.frontmatter` writes it."""
    jsonschema.Draft202012Validator.check_schema(tool.schema())
    assert tool.PATH.read_text("utf-8") == tool.text()


def accepted(key: frontmatter.FrontMatterKey) -> st.SearchStrategy[Any]:
    """Values that the table allows for a key."""
    text = st.sampled_from(key.values or key.known or ("1 a", "/x", "9é")) if not key.pattern else st.just("/1")
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "string": st.just("30m") if key.pattern == "[0-9].*" else text,
        "version": st.sampled_from(["3.10", "4.0", "6.1.0"]),
        "boolean": st.booleans(),
        "integer": st.integers(0, key.most or 100),
        "list": st.lists(text, max_size=3),
        "mapping": st.dictionaries(st.sampled_from(key.keys or ("a",)), st.just("x")),
    }
    return st.one_of([kinds[kind] for kind in key.types])


ACCEPTED = st.fixed_dictionaries(
    {"sdk": st.sampled_from(["gradio", "docker", "static", "streamlit"])},
    optional={name: accepted(key) for name, key in frontmatter.keys().items() if name != "sdk"},
)


@given(ACCEPTED, st.booleans())
def test_what_the_table_allows_is_no_finding(values: dict[str, Any], flow: bool) -> None:
    """Whatever the style, values that the table allows pass the check, and the schema."""
    text = yaml.safe_dump(values, default_flow_style=flow, allow_unicode=True, width=1000)
    if not flow:
        assert found(readme(*text.splitlines())) == []
    jsonschema.Draft202012Validator(tool.schema()).validate(values)


@given(
    st.lists(st.sampled_from(["sdk: gradio\n", "---\n", "a: [", "b: *x\n", "- c\n", "\t", "é", ": ", '"', "#", "|\n"]))
)
def test_any_text_is_read_in_bounds(parts: list[str]) -> None:
    """No text makes the check fail, and each finding is within it."""
    document = document_of("---\n" + "".join(parts) + "\n---\n", "README.md", "readme")
    for one in found(document, MemoryTree()):
        assert 0 <= one.span.start <= one.span.end <= len(document.data)
        fixes.plan(one, document, project())


def test_a_long_list_is_not_called_broken() -> None:
    """What the parser cannot take is not judged."""
    assert found(readme("sdk: gradio", "tags:", *["  - x"] * 60_000)) == []


def test_a_readme_of_another_project_is_not_parsed() -> None:
    """What cannot be that of a Space is told by its bytes."""
    assert CHECK not in checks.watching(b"---\ntitle: Post\n---\n", "readme")
    assert CHECK in checks.watching(b"---\nsdk: gradio\n---\n", "readme")
