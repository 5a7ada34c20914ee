"""`unspill rules`: the list, one rule, JSON, filters, mistakes, and rules of one's own."""

from __future__ import annotations

import json
import re
import shutil
from random import Random
from string import ascii_lowercase
from typing import TYPE_CHECKING

import pytest
from unspill import checks, rules
from unspill.cli import main

if TYPE_CHECKING:
    from pathlib import Path

RULES = rules.load(rules.shipped())
OWN = """
[provider]
name = "Acme"
[[credential]]
id = "acme-key"
name = "Acme key"
pattern = 'acme_[a-z]{20}'
impact = "Opens everything, as TOKEN does."
rotate = "Make another than TOKEN."
example = ['k = "TOKEN"  # and {acme_[a-z]{20}}']
not = ["acme_key"]
"""
USER_TOKEN = """\
huggingface-user-token
Hugging Face user access token (ai)

Acts as its owner on the Hub, with read, write or fine-grained permissions.
Invalidate it in the settings, then create a fine-grained token with only the
permissions that the app needs.

Severity      error
Confidence    high
Environment   HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HUGGINGFACEHUB_API_TOKEN,
              HUGGINGFACE_API_KEY
Revoke it     https://huggingface.co/settings/tokens
Detection     Starts with `hf_`.
              37 characters long; the variable ones are letters and digits.
Evidence      documented by the issuer:
              https://github.com/huggingface/hub-docs/blob/main/docs/hub/datasets-duckdb-auth.md
              (checked on 2026-11-30)
Suppressing   one finding: add the comment `unspill:
              ignore[huggingface-user-token] the reason` to its line, or to a
              line of its own before it
              project: add `ignore = ["huggingface-user-token"]` to
              unspill.toml, or to [tool.unspill] in pyproject.toml
              one run: pass `--ignore huggingface-user-token`
Pattern       hf_[A-Za-z0-9]{34}
Examples      login(token="hf_…")
              git clone https://me:hf_…@huggingface.co/spaces/me/x
              headers = {"Authorization": "Bearer hf_…"}
"""


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `unspill rules` prints."""
    assert main(["rules", *arguments]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `unspill rules` complains of."""
    assert main(["rules", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_one_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """All that is known of a rule is printed, with its examples masked."""
    assert shown(capsys, "huggingface-user-token") == USER_TOKEN


def test_the_list_has_every_rule_and_check_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Without arguments everything is listed under its category, with severity and confidence."""
    lines = shown(capsys).splitlines()
    listed = [match[1] for line in lines if (match := re.match(r"  (\S+) +(?:error|warning|info) +\w+ ", line))]
    assert sorted(listed) == sorted([*(rule.id for rule in RULES), *(check.id for check in checks.known())])
    headings = [line for line in lines if line and not line.startswith(" ")][:-1]
    assert headings == sorted(headings)
    assert f"checks ({len(checks.known())})" in headings
    assert lines[-1] == f"{len(listed):,} rules. `unspill rules ID` explains one."


def test_a_rule_that_is_out_of_use_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """What nothing accepts any more is retired; where only a host is known, that is where to sign in."""
    assert "Status        retired: no longer accepted" in shown(capsys, "banana-api-key")
    assert "Status" not in shown(capsys, "huggingface-user-token")
    assert "Revoke it     sign in at https://console.deepgram.com\n" in shown(capsys, "deepgram-api-key")


def test_a_check_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """A check has an explanation, and none of what only patterns have."""
    text = shown(capsys, "dotenv-tracked")
    assert "git rm --cached" in text
    assert "Severity      error" in text
    assert "Pattern" not in text


def test_a_generic_rule_is_explained_by_what_it_goes_by(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule without a shape of its own says so in words."""
    assert "The name it is assigned to" in shown(capsys, "generic-password")


def test_filters(capsys: pytest.CaptureFixture[str]) -> None:
    """A category and words, which must all be in a name, narrow the list down."""
    found = json.loads(shown(capsys, "--category", "ai", "--search", "OAUTH hugging", "--format", "json"))["rules"]
    assert {rule["id"] for rule in found} >= {"huggingface-oauth-access-token", "huggingface-oauth-app-secret"}
    assert all(rule["category"] == "ai" and "oauth" in rule["id"] for rule in found)
    assert "huggingface-user-token" in shown(capsys, "--search", "hf_token")
    assert shown(capsys, "--search", "nothing is called that") == "No matching rules.\n"


def test_json_is_complete_and_sorted(capsys: pytest.CaptureFixture[str]) -> None:
    """Every rule and check stands in the JSON, by id, and each has the same keys."""
    text = shown(capsys, "--format", "json")
    assert text.isascii()
    report = json.loads(text)
    assert report["version"] == 1
    ids = [rule["id"] for rule in report["rules"]]
    assert ids == sorted({*(rule.id for rule in RULES), *(check.id for check in checks.known())})
    assert len({tuple(rule) for rule in report["rules"]}) == 1


def test_json_of_one_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """The values of one rule are those of its file, and what its pattern says."""
    [rule] = json.loads(shown(capsys, "huggingface-oauth-app-secret", "--format", "json"))["rules"]
    assert rule["kind"] == "secret"
    assert rule["prefixes"] == ["oauth_app_secret_"]
    assert rule["length"] == {"min": 51, "max": 51}
    assert rule["alphabet"] == "letters and digits"
    assert "huggingface-oauth-client-id" in rule["related"]
    assert "huggingface-oauth-access-token" in rule["related"]  # which names this one
    assert rule["page"] == "rules/huggingface-oauth-app-secret.html"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["huggingface-user-tokne"], "did you mean huggingface-user-token?"),
        (["--category", "clowd"], "did you mean cloud?"),
        (["--format", "xml"], "invalid choice"),
        (["--serch", "x"], "did you mean --search?"),
        (["--rules", "none.toml"], "cannot be read"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str) -> None:
    """What is wrong is said in one line, with what was probably meant."""
    message = refused(capsys, *arguments)
    assert reason in message
    assert message.count("\n") == 1


@pytest.mark.slow
def test_rules_of_ones_own_are_shown_without_what_looks_like_a_secret(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A rule file may hold a real token in its texts: the token is not shown, the rest is."""
    token = "ghp_" + "".join(Random(3).choices(ascii_lowercase + "0123456789XYZ", k=36))
    path = tmp_path / "acme.toml"
    path.write_text(OWN.replace("TOKEN", token), encoding="utf-8")
    for extra in ([], ["--format", "json"]):
        text = shown(capsys, "acme-key", "--rules", str(path), *extra)
        assert token not in text
        assert "acme_" in text
        assert "<hidden>" in text
    assert "acme-key" in shown(capsys, "--rules", str(path))


def test_html_is_written_over_itself_and_over_nothing_else(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A folder of pages can be made again; one with other files is left alone."""
    folder = tmp_path / "a" / "pages"
    assert "open index.html" in shown(capsys, "--html", str(folder))
    first = {path.name: path.read_bytes() for path in folder.rglob("*.*")}
    shown(capsys, "--html", str(folder))
    assert {path.name: path.read_bytes() for path in folder.rglob("*.*")} == first
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "index.html").write_text("mine", encoding="utf-8")
    assert "contains other files" in refused(capsys, "--html", str(folder))
    assert [path.read_text(encoding="utf-8") for path in folder.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "first", "count"),
    [(["slack-bot-token"], "rules/slack-bot-token.html", 1), (["--category", "checks"], "index.html", 0)],
)
def test_html_of_a_part(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], first: str, count: int
) -> None:
    """Pages are written of one rule, or of those that a filter leaves, and of no more."""
    folder = tmp_path / "pages"
    assert f"open {first}." in shown(capsys, *arguments, "--html", str(folder))
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    assert len(written) == 1 + (count or len(checks.known()))
    assert {"index.html", first} <= written


def test_no_page_is_written_of_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Where a search finds no rule, that is said, and no folder is made."""
    assert shown(capsys, "--search", "no such rule", "--html", str(tmp_path / "x")) == "No matching rules.\n"
    assert not (tmp_path / "x").exists()
