"""A value that is found once is found everywhere in the project, as the same, and moves with it."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest
from unspill.app import check, fixing
from unspill.lsp.analysis import Analyser
from unspill.model import Confidence, Severity
from unspill.pipeline import Context, Scanners, analyse
from unspill.pipeline.copies import Copies
from unspill.settings import Settings

from tests.cli import write
from tests.helpers import document_of, finding_at, token
from tests.proof.proving import quick, read, request
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

_RANDOM = Random(11)
KEY = sample("[a-f0-9]{32}", _RANDOM)
PASSWORD = sample("[A-Z][a-z]{3}@[0-9]{4}", _RANDOM)
FILES = {
    "app.py": f'CONVERT_API_KEY = "{KEY}"\n',
    "README.md": f"```\nexport CONVERT_API_KEY={KEY}\n```\n",
    "config.py": f'DB = "postgresql://app:{PASSWORD}@db.test/app"\n',
    "setup_db.py": f'import os\nchosen = os.getenv("password", "{PASSWORD}")\nother = f("{PASSWORD}")\n',
    "notes.txt": f"nothing but {KEY}, and x{KEY}\n",
}


def found(folder: Path) -> list[tuple[str, int, str, Confidence]]:
    """Path, line, rule and confidence of each finding in a folder."""
    with quick():
        rows = check(request(str(folder))).rows
    return [(row.path, row.start.line + 1, row.rule, row.confidence) for row in rows]


def test_a_value_is_found_wherever_it_stands(tmp_path: Path) -> None:
    """Each place is a finding of the same rule, at the same confidence; a longer word is another one."""
    write(tmp_path, FILES)
    rows = found(tmp_path)
    keys = {(path, line) for path, line, *_ in rows if path in ("app.py", "README.md", "notes.txt")}
    assert keys == {("app.py", 1), ("README.md", 2), ("notes.txt", 1)}
    assert {(path, line) for path, line, *_ in rows if path.endswith(("config.py", "db.py"))} == {
        ("config.py", 1), ("setup_db.py", 2), ("setup_db.py", 3),
    }  # fmt: skip
    assert len({(rule, confidence) for path, _, rule, confidence in rows if path in ("app.py", "README.md")}) == 1


def test_a_fix_moves_every_copy(tmp_path: Path) -> None:
    """After a fix the value stands in `.env` alone, and nothing is found any more."""
    write(tmp_path, {path: text for path, text in FILES.items() if path != "notes.txt"})
    with quick():
        fixing.fix(request(str(tmp_path)))
    after = read(str(tmp_path))
    assert [path for path, raw in after.items() if KEY.encode() in raw] == [".env"]
    assert [path for path, raw in after.items() if PASSWORD.encode() in raw] == [".env"]
    assert after["README.md"].decode() == "```\nexport CONVERT_API_KEY=<CONVERT_API_KEY>\n```\n"
    assert found(tmp_path) == []


def test_what_was_silenced_or_is_known_is_not_looked_for(tmp_path: Path) -> None:
    """A directive says that the value is no secret, and a baseline that it is old news: copies are no news, either."""
    ignored = {"app.py": f'CONVERT_API_KEY = "{KEY}"  # unspill: ignore\n', "notes.txt": f"nothing but {KEY}\n"}
    write(tmp_path, ignored)
    assert found(tmp_path) == []
    baseline = tmp_path / ".unspill-baseline"
    write(tmp_path, {"app.py": f'CONVERT_API_KEY = "{KEY}"\n', "notes.txt": "\n"})
    from unspill.cli.main import main

    assert main(["baseline", "--isolated", "-o", str(baseline), str(tmp_path)]) == 0
    write(tmp_path, {"notes.txt": f"nothing but {KEY}\n"})
    with quick():
        assert check(request(str(tmp_path))._replace(baseline=str(baseline))).rows == ()


@pytest.mark.parametrize("value", ["postgres", "Summer", "abc1234"])
def test_words_and_short_values_are_not_looked_for(value: str) -> None:
    """They stand in other texts by chance."""
    document = document_of(f'password = "{value}"\n')
    assert not Copies([finding_at(document, value)])


def test_unsure_and_public_findings_are_not_looked_for() -> None:
    """A copy is as sure as the finding it is one of."""
    document = document_of(f'x = "{token()}"\n')
    finding = finding_at(document, token())
    assert Copies([finding])
    assert not Copies([finding._replace(confidence=Confidence.LOW), finding._replace(severity=Severity.INFO)])


def test_many_values_are_looked_for_in_one_pass() -> None:
    """With many values, each is found at its place, and overlapping ones as the longest."""
    values = [token(seed) for seed in range(200)]
    source = document_of("".join(f'"{value}"\n' for value in values))
    copies = Copies([*(finding_at(source, value) for value in values), finding_at(source, values[0][:20])])
    document = document_of("\n".join(f"copy {value}." for value in values), "notes.txt", "prose")
    analysis = analyse(document, Context(Settings()), Scanners())
    nothing = analysis._replace(scan=analysis.scan._replace(findings=()))
    assert [document.text(one.span) for one in copies.added_to(nothing).scan.findings] == values


def test_an_editor_finds_the_copies_in_a_document() -> None:
    """What an editor shows of a document is what the command line says of it alone."""
    text = f'CONVERT_API_KEY = "{KEY}"\nchosen = f("{KEY}")\n'
    looked = Analyser().look(document_of(text), Context(Settings()))
    assert [one.rule for one in looked.findings] == [looked.findings[0].rule] * 2


def test_a_report_says_clean_only_without_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy in a text of another encoding, in which no rule finds anything, is found as well."""
    from unspill.cli.main import main

    write(tmp_path, {"app.py": f'CONVERT_API_KEY = "{KEY}"\n', "notes.txt": f"\ufeffof {KEY} é\n".encode("utf-16-le")})
    assert main(["check", "--isolated", "--format", "json", str(tmp_path)]) == 1
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 2
