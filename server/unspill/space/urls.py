"""URLs of databases and brokers: a program reads the whole URL, so that it is the secret, and not the password in it.

The password alone is one where no program reads the URL: in a sentence, in the arguments of a command, or in a URL that
is not constant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.languages.python.sites import place
from unspill.model import Secret, Span
from unspill.semantics.python import folding, strings
from unspill.sites import CellOutput, Comment, Docstring, Prose, ShellArgument, UrlUserinfo
from unspill.space import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.document import Document
    from unspill.model import Finding

_DATABASES = frozenset("postgres postgresql mysql mariadb mssql oracle sqlserver cockroachdb db2".split())
"""The schemes of URLs that are called `DATABASE_URL`."""
_REACH = 300
"""How many bytes before and after a password may belong to its URL."""
_BEFORE = re.compile(rb"(?:jdbc:)?([A-Za-z][A-Za-z0-9+.\-]{1,20})://(?:[^\s/@\"'`<>]*:)?\Z")
_AFTER = re.compile(rb"[^\s/\"'`<>@]{0,200}@[^\s\"'`<>(){}|^\\$]*")
_CONSTANT = re.compile(r"(?:jdbc:)?[A-Za-z][\w+.\-]*://[^\s$\\]+")
_GOES_ON = re.compile(rb"[$\\{(]")
_PUNCTUATION = b".,;:!?"
_FOR_PEOPLE = (Prose, Comment, Docstring, CellOutput)


class UrlFindings(NamedTuple):
    """A finding in a URL: as one of the URL (None if that is not constant), and as one of the password alone."""

    whole: Finding | None
    password: Finding


def split(document: Document, finding: Finding) -> UrlFindings | None:
    """The findings that a located one in the URL of a database stands for; None for any other place."""
    start, end = finding.span
    before = _BEFORE.search(document.data[max(start - _REACH, 0) : start])
    after = _AFTER.match(document.data, end, end + _REACH)
    if finding.secret is None or before is None or after is None:
        return None
    scheme = before[1].decode().lower()
    if UrlUserinfo(scheme=scheme).is_web:
        return None
    kind = scheme.partition("+")[0]
    names = [name for name in finding.env if words.names_url(name)]
    names = names or ["DATABASE_URL" if kind in _DATABASES else f"{re.sub(r'[^a-z0-9]', '_', kind).upper()}_URL"]
    passwords = [name for name in finding.env if not words.names_url(name)]
    passwords = passwords or [f"{names[0].rpartition('_')[0]}_PASSWORD"]
    whole = _whole(document, finding, Span(start - len(before[0]), after.end()))
    if whole is not None:
        whole = whole._replace(env=tuple(names))
    return UrlFindings(whole, finding._replace(env=tuple(passwords)))


def resolved(document: Document, finding: Finding, is_known: Callable[[Secret], bool]) -> Finding:
    """The finding of what a fix stores: the whole URL where a program reads it, or `is_known` knows it.

    In Python code, only the expression around the password tells: it stays the finding of that.
    """
    found = split(document, finding)
    if found is None or (found.whole is not None and found.whole.span == finding.span):
        return found.password if found is not None else finding
    whole = found.whole
    is_url = whole is not None and whole.secret is not None and (is_read(whole) or is_known(whole.secret))
    return whole if whole is not None and is_url else found.password


def is_read(whole: Finding) -> bool:
    """Whether the place of a URL gives it to a program, under a name; a text for people may say that name, too."""
    if isinstance(whole.site, _FOR_PEOPLE):
        return words.names_url(whole.site.name or "")
    return whole.site.name is not None and not isinstance(whole.site, ShellArgument)


def _whole(document: Document, finding: Finding, span: Span) -> Finding | None:
    is_python = document.language == "python" and not languages.refusal(document)
    node = folding.expression_at(document, finding.span) if is_python else None
    if node is not None and not strings.is_docstring(node):
        expression = strings.group(node)
        url = folding.fold(expression)
        if not isinstance(url, str) or not _CONSTANT.fullmatch(url):
            return None
        return finding._replace(secret=Secret(url), site=place(document, expression).site)
    if _GOES_ON.match(document.data, span.end):
        return None
    found = finding._replace(span=span, site=languages.site(document, span))
    if isinstance(found.site, _FOR_PEOPLE):
        span = Span(span.start, span.start + len(document.data[slice(*span)].rstrip(_PUNCTUATION)))
    return found._replace(span=span, secret=Secret(document.text(span)))
