"""The rules' pages: complete, well-formed, self-contained, harmless; and what a real browser makes of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pytest
from unspill import checks, rules
from unspill.docs import recognition
from unspill.docs.entries import entries, entry_of, masked
from unspill.docs.html import pages
from unspill.document import Document
from unspill.judge.checksums import CHECKSUMS
from unspill.judge.structure import STRUCTURES
from unspill.project.write import create_all
from unspill.scan import Scanner
from unspill.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

RULES = rules.load(rules.shipped())
ENTRIES = entries(RULES)
PAGES = dict(pages(ENTRIES))
VOID = {"meta", "link", "input"}
CHECKS = tuple(check.id for check in checks.known())
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOSTILE = """
[provider]
name = "<b>&"
revoke = "javascript:alert(1)"
[[credential]]
id = "acme-key"
name = "<script>alert(1)</script> & \\"co\\""
env = ["ACME"]
pattern = '<i>[a-z"&]{20}'
impact = "a `</code><u>` b"
rotate = "<img src=x>"
example = ['<a onclick="{[a-z]{20}}">']
not = ["acme_key"]
"""


class Page(HTMLParser):
    """A page as its elements: what is left open or closed twice fails; links, ids and texts are collected."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect what an element refers to; none handles events."""
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            assert not name.startswith("on")
            if name == "href":
                (self.sources if tag == "link" else self.links).append(value or "")
            elif name in ("src", "srcset", "action", "data"):
                self.sources.append(value or "")
            elif name == "id":
                self.ids.append(value or "")
            elif name == "for":
                self.labels.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect text."""
        self.text += data


PARSED = {path: Page(text) for path, text in PAGES.items() if path.endswith(".html")}


def test_every_rule_and_check_has_a_page() -> None:
    """There is an index, a style sheet, and for each rule and check a page under its id."""
    ids = [*(rule.id for rule in RULES), *(check.id for check in checks.known())]
    assert sorted(PAGES) == sorted(["index.html", "style.css", *(f"rules/{one}.html" for one in ids)])


def test_links_resolve() -> None:
    """Every link leads to one of the pages, or by https to where a secret is revoked or its shape was read."""
    outside = {address for rule in RULES for address in (rule.revoke, rule.source)}
    for path, page in PARSED.items():
        for link in page.links:
            if urlparse(link).scheme:
                assert link in outside
            else:
                target = os.path.normpath(os.path.join(os.path.dirname(path), unquote(urlparse(link).path)))
                assert target.replace(os.sep, "/") in PAGES, (path, link)
    assert len(set(PARSED["index.html"].links)) == len(ENTRIES)


def test_nothing_comes_from_elsewhere() -> None:
    """The pages load their own style sheet and nothing else, and only the index has a script."""
    for path, page in PARSED.items():
        assert page.sources == ["style.css" if path == "index.html" else "../style.css"]
        assert page.tags.count("script") == (path == "index.html")
    assert not re.search(r"url\(|@import", PAGES["style.css"])
    assert not re.search(r"fetch|import|http|eval|innerHTML", PAGES["index.html"].split("<script>")[1])


def test_pages_can_be_read_by_everybody() -> None:
    """Each page has a language, a title, one main part and one heading; ids are unique and fields have labels."""
    for path, page in PARSED.items():
        assert '<html lang="en">' in PAGES[path]
        assert 'name="viewport"' in PAGES[path]
        assert [page.tags.count(tag) for tag in ("title", "main", "h1")] == [1, 1, 1]
        assert len(set(page.ids)) == len(page.ids)
        assert sorted(page.labels) == sorted(set(page.ids) & {"words", "category"})


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_have_contrast() -> None:
    """Text stands out by 4.5 to 1 from both backgrounds, by light and in the dark (WCAG 2.2, 1.4.3)."""
    themes = re.findall(r":root \{([^}]*)\}", PAGES["style.css"])
    assert len(themes) == 2
    for theme in themes:
        colors = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        for ink in ("text", "faint", "link", "error", "warning", "info"):
            for paper in ("back", "raised"):
                light, dark = sorted((_luminance(colors[ink]), _luminance(colors[paper])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)


def test_texts_of_a_rule_are_escaped(tmp_path: Path) -> None:
    """Whatever a rule file says stays text: no element, attribute or link comes of it."""
    path = tmp_path / "a&b" / "acme.toml"
    path.parent.mkdir()
    path.write_text(HOSTILE, encoding="utf-8")
    made = dict(pages(entries(rules.load([str(path)]))))
    page = Page(made["rules/acme-key.html"])
    assert not {"script", "b", "i", "u", "img"} & set(page.tags)
    assert page.tags.count("a") == 2  # the way back
    assert '<script>alert(1)</script> & "co"' in page.text
    assert "javascript:alert(1)" in page.text
    assert '<a onclick="…">' in page.text
    assert Page(made["index.html"]).tags.count("script") == 1


@pytest.mark.slow
def test_no_page_holds_what_looks_like_a_secret() -> None:
    """The scanner itself finds nothing in any page at the confidence that `unspill check` reports."""
    scanner = Scanner(use_cache=False)
    found = {
        (path, finding.rule, finding.span)
        for path, text in PAGES.items()
        for finding in scanner.scan(Document(text.encode(), path, "text")).findings
        if finding.confidence >= Settings().confidence
    }
    assert found == set()


def test_examples_are_masked() -> None:
    """An example keeps what every secret of its kind begins with, and its own braces."""
    assert masked('login(token="{hf_[A-Za-z]{34}}")') == 'login(token="hf_…")'
    assert masked('{{"k": "{[0-9a-f]{8}-[0-9]}"}}') == '{"k": "…"}'
    assert masked("{(?:a|b)_[0-9]{9}}") == "…"


@pytest.mark.parametrize(
    ("pattern", "sentences"),
    [
        (
            "ab_[0-9a-f]{8}",
            "Starts with `ab_`. 11 characters long; the variable ones are lower-case hexadecimal digits.",
        ),
        ("[A-Z2-7]{16,20}", "16 to 20 characters long: upper-case letters and 2–7."),
        (
            "(?:xa|ya)-[!-~]{4,}",
            "Starts with `xa` or `ya`. 7 or more characters long; the variable ones are almost any characters.",
        ),
        (
            "key=([a-z_.]{5})",
            (
                "5 characters long: lower-case letters, `.` and `_`. "
                "Captured from surrounding text: the group in the pattern is the secret."
            ),
        ),
    ],
)
def test_a_pattern_is_put_into_words(pattern: str, sentences: str) -> None:
    """Beginning, length and alphabet of the secret are read off the pattern."""
    rule = rules.Rule("x", "X", "X", "x", pattern)
    assert " ".join(recognition.sentences(rule)) == sentences


def test_conditions_are_put_into_words() -> None:
    """Keywords, checksums and languages have sentences of their own."""
    rule = rules.Rule("x", "X", "X", "x", "[0-9]{9}", keywords=("acme", "acne"), checksum="crc32-base62")
    _, near, checksum = recognition.sentences(rule)
    assert near == "Requires a nearby keyword: `acme` or `acne`."
    spelled = recognition.sentences(rule._replace(keywords=("acme_key",)))[1]
    assert spelled == "Requires a nearby keyword (`_` also stands for `-` or nothing): `acme_key`."
    assert "CRC-32" in checksum
    assert "never reported" in checksum
    assert recognition.sentences(rule._replace(languages=("yaml",)))[-1] == "Only detected in `yaml`."


def test_every_checksum_is_explained() -> None:
    """The judge has no test that the pages have no words for."""
    assert set(recognition.CHECKSUMS) == {*CHECKSUMS, *STRUCTURES}


def test_every_rule_has_a_shape() -> None:
    """Of every rule that is not generic the length and the alphabet are known."""
    for rule in RULES:
        if not rule.generic:
            shape = recognition.shape(rule)
            assert shape.shortest >= 3, rule.id
            assert shape.alphabet, rule.id


def test_the_page_of_one_rule_links_to_no_page_that_is_not_there() -> None:
    """Pages of a part of the rules are complete in themselves: a rule without a page is named, and no link."""
    one = next(entry for entry in ENTRIES if entry.id == "huggingface-oauth-app-secret")
    made = dict(pages([one]))
    assert sorted(made) == ["index.html", f"rules/{one.id}.html", "style.css"]
    page = Page(made[one.page])
    assert one.related
    assert all(other in page.text for other in one.related)
    assert {link for link in page.links if not urlparse(link).scheme} == {"../index.html", "../index.html?category=ai"}
    assert "1 rule:" in Page(made["index.html"]).text


def test_one_entry_alone_is_as_among_all() -> None:
    """What a hover shows of a rule or check, by whichever of its ids, is what the list of all has."""
    for entry in [*ENTRIES[::20], *(entry for entry in ENTRIES if entry.kind == "check" or len(entry.related) > 2)]:
        assert entry_of(entry.id, RULES) == entry
    renamed = RULES[0]._replace(formerly=("acme-key",))
    assert entry_of("acme-key", [renamed]) in entries([renamed])
    assert entry_of("no-such-rule", RULES) is None


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (chromium, chromium-browser or google-chrome)")
@pytest.mark.parametrize(
    ("query", "wanted"), [("?q=slack", ("slack",)), ("?category=checks", CHECKS), ("?q=no+such", ())]
)
def test_a_browser_searches_the_index(tmp_path: Path, query: str, wanted: tuple[str, ...]) -> None:
    """Opened from the disk, the index shows what was asked for and how much that is, and hides the rest."""
    create_all(str(tmp_path / "pages"), PAGES.items(), "index.html", "")
    options = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking"
    done = subprocess.run(
        [str(CHROMIUM), *options.split(), "--no-first-run", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
         (tmp_path / "pages" / "index.html").as_uri() + query],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    dom = done.stdout.decode()
    items = re.findall(r"<li data-provider=\"[^\"]*\"( hidden=\"\")?><a href=\"rules/([^\"]+)\.html\">", dom)
    visible = [rule for hidden, rule in items if not hidden]
    assert len(items) == len(ENTRIES)
    assert bool(visible) == bool(wanted)
    assert all(rule.startswith(wanted) for rule in visible)
    count = "1 rule" if len(visible) == 1 else f"{len(visible):,} rules"
    assert f'role="status">{count}<' in dom
