"""The formats for programs and pipelines: what each says, whom it satisfies, and that names do no harm in it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
from base64 import b64encode
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_sarif import model as sarif_model
from unspill import __version__, output
from unspill.app.report import Excerpt, Origin, Other, Report, ReportedFinding, Silenced
from unspill.document import Position
from unspill.model import Confidence, Severity, Skipped
from unspill.output import Style, github, gitlab, gitlab_secrets, html, sarif

GOLDEN = Path(__file__).parent / "golden" / "output"
SUFFIXES = {
    "json": "json",
    "jsonl": "jsonl",
    "sarif": "sarif",
    "github": "txt",
    "gitlab": "json",
    "junit": "xml",
    "html": "html",
}
SCHEMA = json.loads((Path(output.__file__).parent.parent / "schemas" / "check.json").read_text(encoding="utf-8"))

ROW = ReportedFinding(
    "secret", "src/app.py", "a-rule", "A token", Severity.ERROR, Confidence.HIGH, "A token in the text.",
    Position(0, 4), Position(0, 9), "assignment", "f" * 32, "A_TOKEN", True, "Do this.", Excerpt("x = '", "' # y"),
    docs="It opens doors. Close them.", revoke="https://example.org/revoke",
)  # fmt: skip
HOSTILE = (
    "::error::a\n::stop-commands::b##[error]<script>alert(1)</script>|`[x](http://y),%0A\x1b]0;\u202e\ufffe\udcff.py"
)
REPORT = Report(
    (
        ROW,
        ROW._replace(start=Position(1, 0), end=Position(4, 2), severity=Severity.WARNING, confidence=Confidence.LOW),
        ROW._replace(path="nb.ipynb", cell=2, fingerprint="e" * 32, fixable=False, secret_name=None),
        ROW._replace(
            path="old.env",
            origin=Origin("a" * 40, "b" * 40, "2024-05-06T07:08:09+02:00", at_head=False),
            fixable=False,
        ),
        ROW._replace(
            kind="check",
            path=HOSTILE,
            rule="b-rule",
            severity=Severity.INFO,
            site=None,
            secret_name=None,
            revoke="",
            related=(Other("../a[b].py", Position(6, 2), Position(6, 8), "read <here>"),),
            formerly=("d-rule", "e-rule"),
        ),
    ),
    files=12,
    bytes=3456,
    env_values=1,
    skipped=(Skipped("a b.bin", "binary"), Skipped("big.log", "over the limit", incomplete=True)),
    suppressed={"inline": 1, "baseline": 2, "config": 3},
    silenced=(
        Silenced(ROW._replace(path="test.py", rule="c-rule"), inline=True, reason="made [up]\x1b"),
        Silenced(ROW._replace(path="test.py"), inline=False),
    ),
)


def _written(name: str, report: Report = REPORT, style: Style = Style()) -> str:  # noqa: B008 - immutable
    stream = io.StringIO()
    output.write(name, report, stream, style)
    return stream.getvalue()


def _strict(schema: Any) -> Any:
    """The schema with no room for what it does not describe."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _strict(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else inner


def _check(content: Any, schema: Any) -> None:
    jsonschema.Draft202012Validator(schema).validate(content)


@pytest.mark.parametrize("name", SUFFIXES)
def test_golden(name: str) -> None:
    """Each format says exactly what its golden file says (UNSPILL_GOLDEN=write rewrites them)."""
    file = GOLDEN / f"{name}.{SUFFIXES[name]}"
    text = _written(name).replace(__version__, "VERSION").encode("utf-8", "backslashreplace")
    if os.environ.get("UNSPILL_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    assert text == file.read_bytes()


@pytest.mark.parametrize("report", [Report(), REPORT], ids=["empty", "full"])
def test_json_is_as_published(report: Report) -> None:
    """The published schema is one, takes every report, and describes every field of it."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    content = json.loads(_written("json", report))
    _check(content, SCHEMA)
    _check(content, _strict(SCHEMA))


def test_the_schema_rejects() -> None:
    """The schema is no formality: a report with a place from 0, or without a summary, is none."""
    content = json.loads(_written("json"))
    content["findings"][0]["start"]["line"] = 0
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(content)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid({"version": 1, "findings": []})


def test_jsonl_is_json_in_lines() -> None:
    """The lines together hold what the JSON report holds."""
    *findings, summary = (json.loads(line) for line in _written("jsonl").splitlines())
    assert {finding.pop("type") for finding in findings} == {"finding"}
    assert summary.pop("type") == "summary"
    rejoined = {"version": summary.pop("version"), "findings": findings, "summary": summary}
    assert rejoined == json.loads(_written("json"))


@pytest.mark.parametrize("report", [Report(), REPORT], ids=["empty", "full"])
def test_sarif_is_valid(report: Report) -> None:
    """SARIF follows the standard's schema, and holds neither snippets nor fixes."""
    content = json.loads(_written("sarif", report))
    sarif_model.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(content)
    assert not {"snippet", "fixes", "contextRegion"} & set(re.findall(r'"(\w+)":', json.dumps(content)))


def test_sarif_satisfies_code_scanning() -> None:
    """Results name a rule by id and index, with a help in Markdown, a score, and a place under the root."""
    [run] = json.loads(_written("sarif"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(REPORT.rows) + len(REPORT.silenced)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert set(result["partialFingerprints"]) == {"unspill/v1"}
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert place["uriBaseId"] == "%SRCROOT%"
        assert re.fullmatch(r"[A-Za-z0-9%./~_-]+", place["uri"])
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert HOSTILE.encode("utf-8", "surrogateescape") in map(unquote_to_bytes, uris)
    for rule in rules:
        assert rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 20
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 10,
    }  # fmt: skip


def test_sarif_tells_who_silences() -> None:
    """What a comment or a baseline silences comes last, with the reason; all results say whether they are silenced."""
    [run] = sarif.content(REPORT)["runs"]
    assert [one["suppressions"] for one in run["results"]] == [
        *([] for _ in REPORT.rows),
        [{"kind": "inSource", "justification": "made [up]\\x1b"}],
        [{"kind": "external"}],
    ]
    assert "c-rule" in [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert sarif.content(REPORT._replace(silenced=()))["runs"][0]["results"] == run["results"][: len(REPORT.rows)]


def test_sarif_names_what_a_rule_was_called_before() -> None:
    """Former ids are `deprecatedIds` (section 3.49.4), so that what was dismissed under one stays dismissed."""
    [run] = sarif.content(REPORT)["runs"]
    found = {rule["id"]: rule.get("deprecatedIds") for rule in run["tool"]["driver"]["rules"]}
    assert found == {"a-rule": None, "b-rule": ["d-rule", "e-rule"], "c-rule": None}


def test_sarif_says_what_was_skipped() -> None:
    """A file that should have been scanned fails the invocation; others are noted."""
    [invocation] = json.loads(_written("sarif"))["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [(note["level"], note["message"]["text"]) for note in invocation["toolExecutionNotifications"]] == [
        ("note", "Not scanned: binary"),
        ("error", "Not scanned: over the limit"),
    ]
    [invocation] = json.loads(_written("sarif", Report(REPORT.rows)))["runs"][0]["invocations"]
    assert invocation == {"executionSuccessful": True, "toolExecutionNotifications": []}


def test_sarif_keeps_to_githubs_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit the most severe results stay, suppressed ones go first, and a notification counts the others."""
    monkeypatch.setattr(sarif, "LIMIT", 6)
    [run] = sarif.content(REPORT)["runs"]
    assert [len(result["suppressions"]) for result in run["results"]] == [0] * 5 + [1]
    monkeypatch.setattr(sarif, "LIMIT", 3)
    [run] = sarif.content(REPORT)["runs"]
    assert [result["level"] for result in run["results"]] == ["error"] * 3
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith(
        "4 suppressed or less severe results omitted"
    )


def test_sarif_messages_hold_no_links() -> None:
    """What stands in brackets in a message is text."""
    row = ROW._replace(message="A [link](https://example.org).", advice="")
    [run] = sarif.content(Report((row,)))["runs"]
    assert run["results"][0]["message"]["text"] == "A \\[link\\](https://example.org)."


def test_github_annotates_the_most_severe() -> None:
    """Ten annotations at most, errors first, and a count of all the findings that have none."""
    rows = tuple(
        ROW._replace(severity=Severity.WARNING if number < 8 else Severity.ERROR, start=Position(number, 0))
        for number in range(16)
    )
    lines = _written("github", Report(rows)).splitlines()
    commands = [line.split(" ", 1)[0] for line in lines if line.startswith("::")]
    assert commands == ["::error"] * 8 + ["::warning"] * 2
    assert lines[10] == "Annotated the 10 most severe of 16 findings; 6 more are listed below."


def _commands(log: str) -> list[str]:
    """The lines of a log that the runner takes for commands: `::` first in a line, or `##[` anywhere."""
    return [line for line in re.split(r"[\r\n]", log) if line.lstrip().startswith("::") or "##[" in line]


@given(st.text() | st.sampled_from([HOSTILE, "a##[x]::y", "::a::b\n::c::d", "%0A::x", "a,b:c=d"]))
def test_github_obeys_no_name(name: str) -> None:
    """Whatever a file is called, the log holds one command for each finding, with the properties that are ours."""
    row = ROW._replace(path=name, message=f"In {name}.", title=name)
    report = Report((row,), skipped=(Skipped(name, name, incomplete=True),))
    [command] = _commands(_written("github", report, Style(verbose=True)))
    properties, _, _ = command.removeprefix("::error ").partition("::")
    assert [part.partition("=")[0] for part in properties.split(",")] == [
        "file", "line", "endLine", "col", "endColumn", "title",
    ]  # fmt: skip


@given(st.text())
def test_a_job_summary_has_no_markup_of_a_name(name: str) -> None:
    """A name makes neither a cell, nor a link, nor an element in the Markdown."""
    text = github.summary(Report((ROW._replace(path=name, title=name),)), Style())
    [line] = [line for line in text.split("\n") if line.startswith("| error")]
    assert line.count("|") == 5
    assert not set("<>[]()`*_\\!~") & set(line)


def test_a_job_summary_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table has so many rows, and a count of the others."""
    monkeypatch.setattr(github, "SUMMARY_ROWS", 2)
    text = github.summary(REPORT, Style())
    assert text.count("\n| error") == 2
    assert text.endswith("3 more in the log.\n")


GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "fingerprint": {"pattern": "^[0-9a-f]{64}$"},
            "location": {
                "required": ["path", "lines"],
                "properties": {"lines": {"required": ["begin"], "properties": {"begin": {"minimum": 1}}}},
            },
        },
    },
}


def test_gitlab_code_quality() -> None:
    """The list has the fields that GitLab names, and names that are unique and do not move with lines."""
    content = json.loads(_written("gitlab"))
    _check(content, GITLAB)
    names = [violation["fingerprint"] for violation in content]
    assert len(set(names)) == len(names) == len(REPORT.rows) + len(REPORT.incomplete)
    missed = [violation["location"]["path"] for violation in content if violation["check_name"] == "incomplete"]
    assert missed == [skipped.path for skipped in REPORT.incomplete]
    moved = [row._replace(start=Position(row.start.line + 7, 0), end=Position(99, 0)) for row in REPORT.rows]
    assert gitlab.places(moved) == names[: len(REPORT.rows)]


# The part of secret-detection-report-format.json that GitLab requires of a report.
_FILLED = {"type": "string", "minLength": 1}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
_TOOL = {
    "required": ["id", "name", "version", "vendor"],
    "properties": {"id": _FILLED, "name": _FILLED, "version": _FILLED, "vendor": {"required": ["name"]}},
}
GITLAB_SECRETS = {
    "type": "object",
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "scan": {
            "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
            "properties": {
                "analyzer": _TOOL,
                "scanner": _TOOL,
                "start_time": _TIME,
                "end_time": _TIME,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "secret_detection"},
                "messages": {
                    "items": {
                        "required": ["level", "value"],
                        "properties": {"level": {"enum": ["info", "warn", "fatal"]}, "value": _FILLED},
                    }
                },
            },
        },
        "vulnerabilities": {
            "items": {
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": _FILLED,
                    "name": {"maxLength": 255},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "identifiers": {"minItems": 1, "items": {"required": ["type", "name", "value"]}},
                    "location": {
                        "required": ["commit"],
                        "properties": {"commit": {"required": ["sha"]}, "start_line": {"minimum": 1}},
                    },
                    "raw_source_code_extract": False,
                },
            }
        },
    },
}


def test_gitlab_secret_detection() -> None:
    """The report has what GitLab's schema requires, the commit of a history, and no extract of the source."""
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    content = gitlab_secrets.content(REPORT, now)
    _check(json.loads(_written("gitlab-secrets")), GITLAB_SECRETS)
    _check(content, GITLAB_SECRETS)
    assert content["scan"]["start_time"] == "2026-01-02T03:04:05"
    assert [found["location"]["commit"]["sha"] for found in content["vulnerabilities"]] == [
        *["0000000"] * 3, "a" * 40, "0000000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("report", "counts"),
    [(Report(), ("1", "0", "0")), (REPORT, ("6", "5", "1"))],
    ids=["empty", "full"],
)
def test_junit(report: Report, counts: tuple[str, ...]) -> None:
    """The suite counts its cases; each has a name and a class, and at most one failure or error."""
    root = ET.fromstring(_written("junit", report))  # our own text
    [suite] = root
    assert (root.tag, suite.tag) == ("testsuites", "testsuite")
    for element in (root, suite):
        assert (element.get("tests"), element.get("failures"), element.get("errors")) == counts
    assert str(len(suite)) == counts[0]
    assert str(len(suite.findall("testcase/failure"))) == counts[1]
    assert str(len(suite.findall("testcase/error"))) == counts[2]
    for case in suite:
        assert case.get("name")
        assert case.get("classname")
        assert float(case.get("time", "")) == 0
        assert len(case) <= 1


@given(st.text())
def test_junit_takes_any_name(name: str) -> None:
    """Whatever is in a name, the report is XML."""
    report = Report((ROW._replace(path=name, advice=name),), skipped=(Skipped(name, name, incomplete=True),))
    text = _written("junit", report)
    assert text.isascii()
    assert len(ET.fromstring(text).findall(".//testcase")) == 2


class _Elements(HTMLParser):
    """Collects elements with their attributes, and complains about what is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Elements()
    parser.feed(text)
    assert parser.open == []
    return parser.found


@given(st.text() | st.just(HOSTILE))
def test_html_runs_and_loads_nothing(name: str) -> None:
    """Whatever is in a name, the page is well-formed and has no element or attribute that runs or loads something."""
    row = ROW._replace(path=name, title=name, advice=name, site=name, origin=Origin(name, name, name, at_head=True))
    text = _written("html", Report((row,), skipped=(Skipped(name, name, incomplete=True),)))
    found = _elements(text)
    assert not {"script", "link", "img", "iframe", "object", "a", "form", "base"} & {tag for tag, _ in found}
    assert not {"src", "href", "style", "action"} & {key for _, attributes in found for key in attributes}
    assert [tag for tag, _ in found] == [tag for tag, _ in _elements(_written("html", Report((row._replace(path="x"),),
        skipped=(Skipped("x", "x", incomplete=True),))))]  # fmt: skip


def test_html_allows_its_own_style_alone() -> None:
    """The content policy names the hash of the one style sheet, and allows nothing else."""
    text = _written("html")
    [style] = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policies = [attributes["content"] for _, attributes in _elements(text) if "http-equiv" in attributes]
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'"]


def test_html_charts() -> None:
    """Every bar is as long as its share of the longest, in the order of severity, and otherwise of size."""
    rows = (*[ROW] * 4, ROW._replace(severity=Severity.WARNING, path="b", title="B"))
    bars = [attributes for tag, attributes in _elements(_written("html", Report(rows))) if tag == "rect"]
    assert [bar["width"] for bar in bars[:4]] == ["100.0%", "25.0%"] * 2
    assert [bar.get("class") for bar in bars[:3]] == ["error", "warning", None]


def test_html_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table has so many rows and says how many there are; the charts group what is rare."""
    monkeypatch.setattr(html, "LIMIT", 3)
    rows = tuple(ROW._replace(path=f"{number}.py") for number in range(12))
    text = _written("html", Report(rows))
    assert "Showing the 3 most severe of 12." in text
    assert "4 others" in text
    assert text.count('<td class="error">') == 3


def test_formats_for_programs_are_ascii() -> None:
    """What programs read survives any locale."""
    assert [name for name in SUFFIXES if name != "github" and not _written(name).isascii()] == []
