"""The catalogue as static HTML: an index with search as you type, and a page for each rule.

It works from the disk, needs nothing from elsewhere, and is valid without the one script, which only hides what does
not match. The pages are plain enough to be read as text: some editors show a link to a file that way.
"""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import quote

from unspill import __version__
from unspill.docs.entries import ignoring
from unspill.model import revoking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from unspill.docs.entries import CatalogEntry

INDEX = "index.html"
GENERATOR = '<meta name="generator" content="unspill'
"""In every page; identifies a folder of pages."""
_CODE = re.compile(r"`([^`]+)`")

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{generator} {version}">
<title>{title}</title>
<link rel="stylesheet" href="{root}style.css">
</head>
<body>
{body}
</body>
</html>
"""

_INDEX = """<header>
<h1>unspill rules</h1>
<p>{count}: what each detects, what the secret gives access to, and how to rotate it.</p>
<form role="search">
<p><label for="words">Search</label>
<input type="search" id="words" name="q" autocomplete="off"></p>
<p><label for="category">Category</label>
<select id="category" name="category">
<option value="">all</option>
{options}
</select></p>
</form>
<p id="count" role="status">{count}</p>
</header>
<main>
{sections}
</main>
<script>
{script}</script>"""

_SCRIPT = """const words = document.getElementById("words");
const category = document.getElementById("category");
const rules = [...document.querySelectorAll("main li")]
  .map(item => [item, `${item.dataset.provider} ${item.textContent}`.toLowerCase()]);

function search() {
  const wanted = words.value.toLowerCase().split(/\\s+/);
  let count = 0;
  for (const [item, text] of rules) {
    const section = item.closest("section").id;
    item.hidden = !(["", section].includes(category.value) && wanted.every(word => text.includes(word)));
    count += !item.hidden;
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  document.getElementById("count").textContent = count === 1 ? "1 rule" : `${count.toLocaleString("en")} rules`;
}

const asked = new URLSearchParams(location.search);
words.value = asked.get("q") ?? "";
category.value = asked.get("category") ?? "";
words.addEventListener("input", search);
category.addEventListener("change", search);
search();
"""

_RULE = """<nav aria-label="Breadcrumb"><a href="../{index}">All rules</a> ›
<a href="../{index}?category={quoted}">{category}</a></nav>
<main>
<h1>{name}</h1>
<p><code>{id}</code> {provider} {level}</p>
<p class="docs">{docs}</p>
{sections}
</main>
<footer><p>unspill {version}</p></footer>"""

# Colours keep a contrast of 4.5 to 1 or more on both backgrounds (WCAG 2.2, 1.4.3).
_STYLE = """:root {
  --text: #1c2128; --faint: #57606a; --back: #ffffff; --raised: #f3f5f7; --line: #d0d7de; --link: #0a58ca;
  --error: #b42318; --warning: #8a5300; --info: #0a58ca;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e9ed; --faint: #a3acb6; --back: #14181d; --raised: #1f252c; --line: #3a434d; --link: #7cb7ff;
    --error: #ff9a8f; --warning: #f0b458; --info: #7cb7ff;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0 auto; padding: 1rem; max-width: 72rem; overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
}
a { color: var(--link); }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .875rem; }
code { background: var(--raised); border-radius: .25rem; padding: .1rem .25rem; }
pre { background: var(--raised); border-radius: .25rem; padding: .75rem; white-space: pre-wrap; margin: .5rem 0; }
li { margin: .25rem 0; }
ul { padding-left: 1.25rem; margin: 0; }
main > p, main > ul, main > section { max-width: 50rem; }
.docs { font-size: 1.1rem; }
nav, footer, #count { color: var(--faint); }
footer { border-top: 1px solid var(--line); margin-top: 2rem; }
.level { white-space: nowrap; }
.error { color: var(--error); }
.warning { color: var(--warning); }
.info, .hint { color: var(--info); }
form { display: flex; flex-wrap: wrap; gap: 0 1rem; }
form p { margin: .25rem 0; flex: 1 1 10rem; }
form p:first-child { flex-grow: 3; }
label { display: block; color: var(--faint); }
input, select {
  width: 100%; min-height: 2.75rem; padding: .25rem .5rem; font: inherit;
  color: inherit; background: var(--back); border: 1px solid var(--faint); border-radius: .25rem;
}
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.index main > section { max-width: none; }
.index main ul { list-style: none; padding: 0; }
.index main li { padding: .6rem 0; margin: 0; border-top: 1px solid var(--line); }
.index main li > * { margin-right: .75rem; }
.index li a { display: block; font-weight: 600; }
.index .env { display: block; color: var(--faint); }
@media (min-width: 60rem) {
  .index main li { display: grid; grid-template-columns: 2fr 2fr 14rem 2fr; align-items: baseline; }
  .index li code { justify-self: start; }
}
"""


def pages(found: Sequence[CatalogEntry]) -> Iterator[tuple[str, str]]:
    """An index, a style sheet and a page for each entry: their path (POSIX, below the folder of the pages) and text."""
    by_category = sorted(found, key=lambda entry: (entry.category, entry.name.lower(), entry.id))
    grouped = [(name, list(group)) for name, group in groupby(by_category, key=lambda entry: entry.category)]
    known = {entry.id: entry for entry in found}
    yield INDEX, _index(grouped, len(found))
    yield "style.css", _STYLE
    for _, members in grouped:
        for entry in members:
            yield entry.page, _rule(entry, known)


def _index(grouped: Iterable[tuple[str, Sequence[CatalogEntry]]], count: int) -> str:
    grouped = list(grouped)
    options = (f'<option value="{escape(name)}">{escape(name)} ({len(members)})</option>' for name, members in grouped)
    body = _INDEX.format(
        count="1 rule" if count == 1 else f"{count:,} rules",
        options="\n".join(options),
        sections="\n".join(_category(name, members) for name, members in grouped),
        script=_SCRIPT,
    )
    return _page("unspill rules", body, "").replace("<body>", '<body class="index">', 1)


def _category(name: str, members: Iterable[CatalogEntry]) -> str:
    items = "\n".join(
        f'<li data-provider="{escape(entry.provider)}">'
        f'<a href="{escape(entry.page)}">{escape(entry.name)}</a> '
        f"<code>{escape(entry.id)}</code> {_level(entry)} "
        f'<span class="env">{escape(" ".join(entry.env))}</span></li>'
        for entry in members
    )
    return f'<section id="{escape(name)}">\n<h2>{escape(name)}</h2>\n<ul>\n{items}\n</ul>\n</section>'


def _rule(entry: CatalogEntry, known: Mapping[str, CatalogEntry]) -> str:
    """The page of a rule. It links only to rules that have one too: to those of `known`."""
    form = ""
    if entry.pattern:
        form = f"{_list(map(_prose, entry.recognition))}\n<p>Pattern:</p>\n{_pre(entry.pattern)}"
    links = (
        f'<a href="{escape(other)}.html">{escape(known[other].name)}</a>'
        if other in known
        else f"<code>{escape(other)}</code>"
        for other in entry.related
    )
    ways = (f"{escape(where.capitalize())}: {_prose(what)}" for where, what in ignoring(entry))
    parts = {
        "Revoke it": f"<p>{_revoking(entry.revoke)}</p>" if entry.revoke else "",
        "Environment variables": _list(f"<code>{escape(name)}</code>" for name in entry.env),
        "Detection": form,
        "Examples": "\n".join(map(_pre, entry.examples)),
        "Evidence": _known_from(entry),
        "Related rules": _list(links),
        "Suppressing": _list(ways),
    }
    body = _RULE.format(
        index=INDEX,
        category=escape(entry.category),
        quoted=quote(entry.category),
        name=escape(entry.name),
        id=escape(entry.id),
        provider=escape(entry.provider),
        level=_level(entry),
        docs=_prose(entry.docs),
        sections="\n".join(f"<section>\n<h2>{title}</h2>\n{text}\n</section>" for title, text in parts.items() if text),
        version=__version__,
    )
    return _page(f"{entry.name} · unspill rules", body, "../")


def _page(title: str, body: str, root: str) -> str:
    return _PAGE.format(title=escape(title), body=body, root=root, generator=GENERATOR, version=__version__)


def _level(entry: CatalogEntry) -> str:
    return f'<span class="level {entry.severity}">{entry.severity}, {entry.confidence} confidence</span>'


def _prose(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _pre(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _list(items: Iterable[str]) -> str:
    lines = "\n".join(f"<li>{item}</li>" for item in items)
    return f"<ul>\n{lines}\n</ul>" if lines else ""


def _known_from(entry: CatalogEntry) -> str:
    words = escape(entry.known_from)
    linked = words.replace(escape(entry.source), _link(entry.source)) if entry.source else words
    return f"<p>{linked[:1].upper()}{linked[1:]}.</p>" if words else ""


def _revoking(url: str) -> str:
    return _link(url) if revoking(url) == url else f"Sign in at {_link(url)}"


def _link(url: str) -> str:
    """A link if `url` leads to the web, else its text: a rule file may say anything."""
    return f'<a href="{escape(url)}">{escape(url)}</a>' if url.startswith(("https://", "http://")) else escape(url)
