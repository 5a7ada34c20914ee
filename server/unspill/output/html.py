"""One HTML file to send around: counts, charts, and the findings, with neither a value nor a line of code.

It loads nothing and runs nothing: the content policy allows its own style sheet, by hash, and no more.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, TextIO

from unspill import __version__
from unspill.model import Severity
from unspill.output import loudest_first, text
from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from unspill.output import Style
    from unspill.run.report import Report, Row

LIMIT = 2_000
"""Findings in the table: browsers get slow, and nobody reads more."""
_BARS = 8
_SHORT_ID = 12

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{headline} · unspill</title>
<style>{style}</style>
</head>
<body>
<header>
<p>unspill report</p>
<h1>{headline}</h1>
{summary}
</header>
<main>
{body}
</main>
<footer><p>Made by unspill {version}. Values are not in this report.</p></footer>
</body>
</html>
"""

# Colours keep a contrast of 4.5 to 1 or more on both backgrounds (WCAG 2.2, 1.4.3).
_STYLE = """
:root {
  --text: #1c2128; --faint: #57606a; --back: #ffffff; --raised: #f6f8fa; --line: #d0d7de; --bar: #0a58ca;
  --error: #b42318; --warning: #8a5300; --info: #0a58ca;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e9ed; --faint: #a3acb6; --back: #14181d; --raised: #1f252c; --line: #3a434d; --bar: #7cb7ff;
    --error: #ff9a8f; --warning: #f0b458; --info: #7cb7ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1rem; max-width: 80rem; overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
}
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
header p { margin: 0; color: var(--faint); }
.charts {
  margin-top: 1.5rem;
  display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr));
}
.charts section { background: var(--raised); border-radius: .5rem; padding: 1rem; }
main > section { margin: 1.5rem 0; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; }
td, th { padding: .4rem .75rem .4rem 0; vertical-align: top; }
td.count { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; width: 4rem; }
.charts th { font-weight: 400; width: 45%; padding: .2rem .75rem .2rem 0; }
.charts td { padding-top: .2rem; padding-bottom: .2rem; }
.charts svg { display: block; width: 100%; height: .8rem; margin-top: .35rem; }
rect { fill: var(--bar); }
rect.error { fill: var(--error); }
rect.warning { fill: var(--warning); }
rect.info, rect.hint { fill: var(--info); }
.findings { overflow-x: auto; }
.findings table { min-width: 44rem; table-layout: fixed; }
.findings td, .findings th { border-top: 1px solid var(--line); }
.findings th:first-child { width: 5.5rem; }
td.error { color: var(--error); }
td.warning { color: var(--warning); }
td.info, td.hint { color: var(--info); }
code { font-family: ui-monospace, monospace; font-size: .875rem; }
small { display: block; color: var(--faint); }
footer { border-top: 1px solid var(--line); margin-top: 2rem; color: var(--faint); }
@media print { .charts section, tr { break-inside: avoid; } }
"""


def write(report: Report, stream: TextIO, style: Style) -> None:
    """Write the page, as ASCII, so that it is right whatever encoding the stream has."""
    headline, *rest = text.summary(report, style._replace(color=False, verbose=False))
    page = _PAGE.format(
        hash=b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode(),
        headline=escape(headline),
        style=_STYLE,
        summary="\n".join(f"<p>{escape(line.strip())}</p>" for line in rest),
        body="\n".join(_body(report)),
        version=__version__,
    )
    stream.write(page.encode("ascii", "xmlcharrefreplace").decode("ascii"))


def _body(report: Report) -> Iterator[str]:
    rows = loudest_first(report.rows)
    if not rows:
        return
    severities = Counter(row.severity for row in rows)
    yield '<div class="charts">'
    yield _chart("By severity", [(one.value, severities[one]) for one in Severity if severities[one]], coloured=True)
    yield _chart("By kind", _most(row.title for row in rows))
    yield _chart("By place", _most((row.site or "whole file").replace("-", " ") for row in rows))
    yield _chart("By file", _most(row.path for row in rows))
    years = Counter(row.origin.author_date[:4] or "unknown" for row in rows if row.origin is not None)
    if years:
        yield _chart("By year of the first commit", sorted(years.items()))
    yield "</div>"
    yield '<section class="findings">\n<h2>Findings</h2>'
    if len(rows) > LIMIT:
        yield f"<p>The {LIMIT:,} most severe of {len(rows):,}.</p>"
    yield "<table>\n<thead><tr><th>Severity</th><th>Place</th><th>What it is</th><th>What to do</th></tr></thead>"
    yield "<tbody>"
    yield from map(_row, rows[:LIMIT])
    yield "</tbody>\n</table>\n</section>"


def _most(words: Iterable[str]) -> list[tuple[str, int]]:
    """The most frequent words with their counts, and how many are left."""
    counts = Counter(words)
    most = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = most[:_BARS]
    rest = counts.total() - sum(count for _, count in shown)
    return [*shown, (f"{len(most) - _BARS:,} others", rest)] if rest else shown


def _chart(title: str, counts: Iterable[tuple[str, int]], *, coloured: bool = False) -> str:
    """Horizontal bars, as a table: it reads well aloud, and on a narrow screen."""
    counts = list(counts)
    longest = max(count for _, count in counts)
    bars = "\n".join(
        f'<tr><th scope="row">{_text(label)}</th>'
        f'<td><svg aria-hidden="true"><rect{f" class={label}" if coloured else ""} rx="2" height="100%" '
        f'width="{100 * count / longest:.1f}%"/></svg></td><td class="count">{count:,}</td></tr>'
        for label, count in counts
    )
    return f"<section>\n<h2>{escape(title)}</h2>\n<table>\n{bars}\n</table>\n</section>"


def _row(row: Row) -> str:
    place = f"{row.path}:{row.start.line + 1}:{row.start.column + 1}"
    cell = "" if row.cell is None else f"<small>cell {row.cell + 1}</small>"
    what = row.title if row.kind == "secret" else row.message
    return (
        f'<tr><td class="{row.severity.value}">{row.severity.value}</td>'
        f"<td><code>{_text(place)}</code>{cell}{_origin(row)}</td>"
        f"<td>{_text(what)}<small>{_text(row.rule)}, {row.confidence.label} confidence</small></td>"
        f"<td>{_text(row.advice)}</td></tr>"
    )


def _origin(row: Row) -> str:
    if row.origin is None:
        return ""
    date = f" of {row.origin.author_date[:10]}" if row.origin.author_date else ""
    end = "still at HEAD" if row.origin.at_head else "not at HEAD"
    return f"<small>since {_text(row.origin.first[:_SHORT_ID])}{_text(date)}, {end}</small>"


def _text(value: str) -> str:
    return escape(printable(value))
