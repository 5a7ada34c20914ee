"""Obfuscated tokens: text that a program joins or decodes, found by syntax that is typical of it.

People split and encode tokens to evade checks; configuration formats encode them by design. A *marker* is an anchor for
such syntax: two joined string literals, base64 that can only be text, a list of character codes. It depends on no rule,
and is rare in ordinary files. The text at a marker is decoded, and the rules are applied to the result; so no rule has
to handle obfuscation.

In Python, anything but adjacent literals is computed from the syntax tree (`semantics.python.constants`).
"""

from __future__ import annotations

import base64
import re
import string
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from unspill.engine.matchers import Anchor
from unspill.model import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from unspill.document import Document
    from unspill.rules import Rule

_CONTEXT = 240
"""How many bytes around an obfuscated text are its context."""
_REACH = 600
"""How many bytes before and after a marker are scanned."""
_LONGEST = 1 << 14
"""Maximum bytes of base64 to decode: more than a token, a `.env` or a key file has."""
_PARTS = 60
"""Maximum number of literals to join …"""
_PARTS_BEFORE = 40
"""… and how many of them precede the marker: so the next marker to scan is some distance after it."""


class Decoded(NamedTuple):
    """Decoded text; its byte `i` is from the bytes `starts[i]` to `ends[i]` of the document."""

    text: bytes
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """The span of the document that encodes `text[start:end]`."""
        return Span(min(self.starts[start:end]), max(self.ends[start:end]))

    def in_context(self, data: bytes) -> tuple[bytes, int]:
        """`text` within the surroundings of its encoded form, and its offset there."""
        cover = self.span(0, len(self.text))
        before = data[max(cover.start - _CONTEXT, 0) : cover.start].rstrip(_LETTERS)
        return before + self.text + data[cover.end : cover.end + _CONTEXT].lstrip(_LETTERS), len(before)


_LETTERS = (string.ascii_letters + string.digits).encode()
_WORD = r"[A-Za-z0-9_.\-]"
_QUOTE = r"""\\?["'\x60]"""
# The end of a literal, the operator, and the start of the next literal, all with the same quote.
_JOINTS = (
    rf"{_WORD}{_QUOTE}[ \t\r\n\\]{{0,40}}\+ [rbfuRBFU]{{0,2}}\\?'{_WORD}{{2}}",
    rf"{_WORD}'\+'{_WORD}{{2}}",
    rf"{_WORD}' \+\r?\n[ \t]{{0,40}}'{_WORD}{{2}}",
    *(
        rf"{_WORD}{{{before}}}'{gap}'{_WORD}{{{after}}}"
        # A pattern for each gap: a single one would have no literal.
        for gap in (" ", r"\n[ \t]{1,40}", r"\n[ \t]{1,40}[rbfuRBFU]", r"\r\n[ \t]{1,40}", r" \\\r?\n {1,40}")
        for before, after in ((2, 8), (8, 2))
    ),
)
_CODE = "(?:3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6])"
_MARK = "(?:2[4bdefBDEF]|3[adAD]|5[fF])"
_MARKS = "(?:3[67]|4[3567]|58|61|95)"
_ESCAPED = r"""%[2-7][0-9A-Fa-f]|\\u00[2-7][0-9A-Fa-f]|\\x[2-7][0-9A-Fa-f]|&#x[2-7][0-9A-Fa-f];|&#[0-9]{2,3};|\\/"""
# Each contains a literal, which Hyperscan searches for first.
_MARKERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    *(("split", pattern.replace("'", quote), ()) for pattern in _JOINTS for quote in "'\""),
    ("split", rf"{_WORD}{{2}}''{_WORD}{{8}}", ("''",)),
    ("split", rf"{_WORD}{{8}}''{_WORD}{{2}}", ("''",)),
    ("split", rf"""{_WORD}{{2}}["'] ?(?:\.\.?|&|\|\||<>|\.concat\() ?["']{_WORD}{{8}}""", ()),
    ("computed", r"""(?:""|'')\.join\(\s{0,20}(?:[\[(]\s{0,40}["']|reversed\([ ]?["'])""", (".join(",)),
    ("computed", r"""["'] ?\)?\[ ?: ?: ?-1""", ("-1",)),
    ("computed", r"""["'], ?["']rot[_\-]?13""", ("rot",)),
    ("computed", r"""["']\.replace\([ ]?["']""", (".replace(",)),
    ("computed", rf"""\{{[0-9]?\}}["']\.format\([ \t\r\n]{{0,20}}["']{_WORD}{{2}}""", (".format(",)),
    ("computed", rf"""%s["'] % ?\(?["']{_WORD}{{2}}""", ("%s",)),
    ("computed", rf"""{_WORD}{{2}}\{{["']{_WORD}{{8}}""", ("{'", '{"')),
    *(
        # A line that is continued within its string.
        ("computed", rf"{_WORD}{{{before}}}\\{end}{_WORD}{{{after}}}", ("\\\n", "\\\r\n"))
        for before, after in ((2, 8), (8, 2))
        for end in (r"\n", r"\r\n")
    ),
    ("array", r"""["'] ?\]\.join\((?:""|'')\)""", (".join(",)),
    ("reversed", r"""["']\.split\((?:""|'')\)\.reverse\(\)""", (".reverse(",)),
    (
        "codes",
        rf"(?:\(chr, ?[\[(]| in [\[(]|bytes\([\[(]|array\([\[(]|CharCode\(|\] ?=? ?\{{)\s?(?:{_CODE}, ?){{3}}",
        (),
    ),
    ("codes", r"0x[2-7][0-9A-Fa-f](?:, 0x[2-7][0-9A-Fa-f]){7}", (", 0x",)),
    ("codes", rf"(?i:chr)\({_CODE}\)[^\n]{{1,6}}(?i:chr)\({_CODE}\)", ()),
    (
        "escapes",
        rf"[A-Za-z0-9](?:%{_MARK}|\\u00{_MARK}|\\x{_MARK}|&#x{_MARK};|&#{_MARKS};)[A-Za-z0-9%]",
        ("%", "\\", "&#"),
    ),
    ("escapes", r":\\/\\/", (r":\/\/",)),
    ("escapes", r"(?:\\u00[2-7][0-9A-Fa-f]){4}", ("\\u00",)),
    ("escapes", r"(?:\\x[2-7][0-9A-Fa-f]){4}", ("\\x",)),
    ("escapes", r"(?:&#x?[0-9A-Fa-f]{2,3};){4}", ("&#",)),
    ("logged", r"(?:[!-~][ \t|>]{1,4}|\n[+>#])-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----", ("-----BEGIN ",)),
)
_BEGINNING = 3
"""How many characters identify an encoded text: a multiple of those that base64 encodes together."""
_SHARED = 48
"""Maximum number of prefixes per anchor."""


def anchors(rules: Iterable[Rule]) -> list[Anchor]:
    """The markers, for encodings of text that starts like a secret of `rules`, or like a line that names one.

    Like all anchors, they mean the same to both matchers.
    """
    from unspill.engine.anchors import leading_literals, parse

    beginnings = set()
    for rule in rules:
        known = () if rule.keywords or rule.public else leading_literals(parse(rule.pattern))
        beginnings |= {text[:_BEGINNING] for text in (*rule.env, *known) if len(text) >= _BEGINNING and text.isascii()}
    ordered = sorted(beginnings)
    markers = list(_MARKERS)
    for at in range(0, len(ordered), _SHARED):
        some = [text.encode() for text in ordered[at : at + _SHARED]]
        in_base64 = "|".join(re.escape(base64.b64encode(text).decode()) for text in some)
        in_hex = "|".join(text.hex() for text in some)
        markers += [
            ("base64", rf"[^A-Za-z0-9+/_\-](?:{in_base64})[A-Za-z0-9+/_\-]{{20}}", ()),
            ("hex", rf"[^0-9A-Za-wyz](?i:{in_hex})[0-9A-Fa-f]{{28}}", ()),
        ]
    return [Anchor(pattern, (), 0, 0, literals, keyword=False, marker=kind) for kind, pattern, literals in markers]


def decoded(document: Document, markers: Iterable[tuple[str, int]]) -> Iterator[Decoded]:
    """The texts decoded at the markers of a document, which are given as kinds and end offsets.

    Raises OverBudgetError.
    """
    from unspill import budget

    reached: dict[str, int] = {}
    for kind, end in sorted(set(markers)):
        if end <= reached.get(kind, 0):
            continue
        for one in _READERS[kind](document, end):
            budget.spend(document, len(one.text) + 2 * _CONTEXT)
            if one.text:
                reached[kind] = max(reached.get(kind, 0), one.span(0, len(one.text)).end)
                yield one


def _split(document: Document, end: int) -> Iterator[Decoded]:
    """Adjacent literals, or literals joined by an operator: the text from the first to the last."""
    data = document.data
    joint = _JOINT.search(data, max(end - 90, 0), end)
    if joint is None:
        return
    parts = [part for part in (_before(data, joint.start()), _after(data, joint.end())) if part is not None]
    if len(parts) < 2:
        return
    while joint := _JOINT_BEFORE.search(data, max(parts[0].start - 90, 0), parts[0].start):
        if len(parts) > _PARTS_BEFORE or (part := _before(data, joint.start())) is None:
            break
        parts.insert(0, part)
    while len(parts) < _PARTS and (joint := _JOINT_AFTER.match(data, parts[-1].end, parts[-1].end + 90)):
        if (part := _after(data, joint.end())) is None:
            break
        parts.append(part)
    yield _of(data, parts)


_JOINER = (
    rb"""(?:[ \t\r\n()]|\\\r?\n|\\n(?:",\s{0,20}")?|#[^\n]{0,60}\n"""
    rb"""|\+|\.concat\(|\.|&|\|\||<>){0,40}?[rbfuRBFU]{0,2}"""
)
_CLOSE_AND_OPEN = rb"""\\?["'`]""" + _JOINER + rb"""\\?["'`]"""
_JOINT = re.compile(_CLOSE_AND_OPEN + rb"(?=[A-Za-z0-9_.\-]{2,8}\Z)")
_JOINT_BEFORE = re.compile(_CLOSE_AND_OPEN + rb"\Z")
_JOINT_AFTER = re.compile(_CLOSE_AND_OPEN)


def _before(data: bytes, end: int) -> Span | None:
    """The content of the literal whose closing quote is at `end`."""
    quote = data[end : end + 1 + (data[end : end + 1] == b"\\")]
    start = data.rfind(quote, max(end - _REACH, 0), end)
    return Span(start + len(quote), end) if start >= 0 and b"\n" not in data[start:end] else None


def _after(data: bytes, start: int) -> Span | None:
    """The content of the literal that starts at `start`."""
    quote = data[start - 2 : start] if data[start - 2 : start - 1] == b"\\" else data[start - 1 : start]
    end = data.find(quote, start, start + _REACH)
    return Span(start, end) if end >= 0 and b"\n" not in data[start:end] else None


def _array(document: Document, end: int) -> Iterator[Decoded]:
    """`["…", "…"].join("")`."""
    if match := _ARRAY.search(document.data, max(end - _REACH, 0), end):
        bodies = _LITERAL.finditer(document.data, match.start(1), match.end(1))
        yield _of(document.data, [Span(body.start() + 1, body.end() - 1) for body in bodies])


_LITERAL = re.compile(rb"""\"[^"\n\\]*\"|'[^'\n\\]*'|`[^`\n\\]*`""")
_ARRAY = re.compile(rb"\[(\s*(?:(?:%b)\s*(?:,\s*)?)+)\]\.join\([^)]*\)\Z" % _LITERAL.pattern)
_SPELLED_BACK = re.compile(rb"(%b)\.split\([^)]*\)\.reverse\(\)\Z" % _LITERAL.pattern)


def _reversed(document: Document, end: int) -> Iterator[Decoded]:
    """`"…".split("").reverse()`."""
    if match := _SPELLED_BACK.search(document.data, max(end - _REACH, 0), end):
        places = range(match.end(1) - 2, match.start(1), -1)
        yield Decoded(match[1][-2:0:-1], places, [at + 1 for at in places])


def _computed(document: Document, end: int) -> Iterator[Decoded]:
    """The values that Python computes from constants around a marker."""
    from unspill import budget, languages
    from unspill.document import Document
    from unspill.semantics.python import constants, folding
    from unspill.syntax import refusal

    found = languages.program_at(document, end - 1)
    if found is None:
        return
    part, offset, place = found
    # A piece of the file parses much faster than all of it, and hardly any marker encodes a token. Also tried from its
    # own line: further up, the piece may start within a string.
    line = _line_start(part.data, offset)
    for first in (_line_start(part.data, max(line - _REACH, 0)), line):
        piece = Document(part.data[first : offset + _REACH], part.path, "python")
        budget.spend(document, len(piece.data))
        node = None if refusal(piece, "python") else folding.whole_at(piece, offset - first)
        budget.spend(document, budget.spent(piece))
        folded = constants.trace(node) if node is not None else None
        if folded is None or not folded.value.isascii():
            continue
        text = folded.value.encode() if isinstance(folded.value, str) else folded.value
        places = zip(folded.starts, folded.ends, strict=True)
        spans = [place(Span(start + first, end + first)) for start, end in places]
        yield Decoded(text, [span.start for span in spans], [span.end for span in spans])
        return


def _line_start(data: bytes, offset: int) -> int:
    """The start of the line of the byte at `offset`, at most a fixed distance before it."""
    earliest = max(offset - _LONGEST, 0)
    return data.rfind(b"\n", earliest, offset) + 1 or earliest


def _decoded64(document: Document, end: int) -> Iterator[Decoded]:
    """Base64, either alphabet, padded or not; on one line or, as wrapped by `base64` and PEM, on lines of one width."""
    data, start = document.data, end - 24
    run = _BASE64_RUN.match(data, start, start + _LONGEST)
    if run is None:
        return
    places = list(range(run.start(1), run.end(1)))
    width, last = len(places), run
    while len(last[1]) == width >= _WRAPPED and len(places) < _LONGEST and (line := _NEXT_LINE.match(data, last.end())):
        places += range(line.start(1), line.end(1))
        last = line
    text = bytes(data[at] for at in places).translate(_STANDARD)
    text = base64.b64decode(text[: len(text) - (len(text) % 4 == 1)] + b"==").rstrip()
    starts = [places[index * 8 // 6] for index in range(len(text))]
    ends = [places[-(-(index + 1) * 8 // 6) - 1] + 1 for index in range(len(text))]
    if ends:
        # The newline that `echo token | base64` appends to a token, and the padding.
        ends[-1] = last.end()
    yield Decoded(text, starts, ends)


_WRAPPED = 60
"""Minimum width of a line of base64 that may be continued on the next."""
_NEXT_LINE = re.compile(rb"""(?:\\n)?["']?[ \t+\\]{0,4}\r?\n[ \t]{0,40}(?:[+] )?["']?([A-Za-z0-9+/_\-]+)={0,2}""")
_BASE64_RUN = re.compile(rb"([A-Za-z0-9+/_\-]+)={0,2}")
_STANDARD = bytes.maketrans(b"-_", b"+/")


def _decoded16(document: Document, end: int) -> Iterator[Decoded]:
    """Hexadecimal digits."""
    run = _around(_HEX_RUN, document.data, end)
    if run is None:
        return
    start = run.start() + (end - run.start()) % 2
    text = bytes.fromhex(document.data[start : run.end() - (run.end() - start) % 2].decode())
    starts = range(start, start + 2 * len(text), 2)
    yield Decoded(text, starts, [at + 2 for at in starts])


_HEX_RUN = re.compile(rb"[0-9A-Fa-f]+")


def _codes(document: Document, end: int) -> Iterator[Decoded]:
    """Lists of character codes, and calls of `chr` with one each."""
    run = _around(_CODE_RUN, document.data, end)
    if run is None:
        return
    numbers = list(_NUMBER.finditer(document.data, run.start(), run.end()))
    text = bytes(min(int(number[0], 0), 255) for number in numbers)
    yield Decoded(text, [number.start() for number in numbers], [number.end() for number in numbers])


_NUMBER = re.compile(rb"0x[0-9A-Fa-f]{2}|[1-9][0-9]{1,2}")
_CODE_RUN = re.compile(
    rb"(?:%b)(?:(?:,\s{0,20}|\)[^\n(]{1,6}(?i:chr)\()(?:%b)\b)+" % (_NUMBER.pattern, _NUMBER.pattern)
)


def _unescaped(document: Document, end: int) -> Iterator[Decoded]:
    """Percent-encoding, escapes of JSON and of code, character references."""
    run = _around(_ESCAPED_RUN, document.data, end)
    if run is None:
        return
    units = list(_UNIT.finditer(document.data, run.start(), run.end()))
    text = bytes(_unit(unit[0]) for unit in units)
    yield Decoded(text, [unit.start() for unit in units], [unit.end() for unit in units])


_UNIT = re.compile(rb"%b|[A-Za-z0-9_.~:/\-+=$|?&]" % _ESCAPED.encode())
_ESCAPED_RUN = re.compile(rb"(?:%b)+" % _UNIT.pattern)


@lru_cache(maxsize=1 << 10)  # a run has hundreds of characters, of a few dozen kinds
def _unit(text: bytes) -> int:
    """The character of one escape."""
    if text.startswith(b"&#"):
        digits = text[2:-1].decode()
        return min(int(digits[1:], 16) if digits.startswith("x") else int(digits), 255)
    return text[-1] if len(text) < 3 else int(text[-2:], 16)


def _logged(document: Document, end: int) -> Iterator[Decoded]:
    """A key in a log: all of its lines have the prefix of the first (a time, a build step)."""
    data = document.data
    begin = data.rfind(b"-----BEGIN ", 0, end)
    breaks = [match.span() for match in _LINE_BREAK.finditer(data, max(begin - _REACH, 0), begin)]
    prefix = data[breaks[-1][1] if breaks else max(begin - _REACH, 0) : begin]
    lines = [Span(begin, end)]
    for found in _LINE_BREAK.finditer(data, end, end + _LONGEST):
        start = found.end() + len(prefix)
        same = data[found.end() : start].translate(_AS_ZERO) == prefix.translate(_AS_ZERO)
        if lines[-1].end != found.start() or not same:
            break
        lines.append(Span(found.start(), found.end()))
        lines.append(Span(start, _LINE.match(data, start).end()))  # type: ignore[union-attr]  # it may be empty
    yield _of(data, lines)


_LINE_BREAK = re.compile(rb"\r?\n|(?:\\{1,2}r)?\\{1,2}n")
_LINE = re.compile(rb"[A-Za-z0-9+/=: \t-]*")
_AS_ZERO = bytes.maketrans(b"123456789", b"0" * 9)


def _around(pattern: re.Pattern[bytes], data: bytes, end: int) -> re.Match[bytes] | None:
    """The match of `pattern` that contains the byte before `end`."""
    matches = pattern.finditer(data, max(end - _REACH, 0), end + 2 * _REACH)
    return next((match for match in matches if match.start() < end <= match.end() + 2), None)


def _of(data: bytes, parts: Sequence[Span]) -> Decoded:
    """The concatenated parts of the document."""
    places = [at for part in parts for at in range(part.start, part.end)]
    return Decoded(b"".join(data[part.start : part.end] for part in parts), places, [at + 1 for at in places])


_READERS: dict[str, Callable[[Document, int], Iterator[Decoded]]] = {
    "split": _split,
    "array": _array,
    "reversed": _reversed,
    "computed": _computed,
    "base64": _decoded64,
    "hex": _decoded16,
    "codes": _codes,
    "escapes": _unescaped,
    "logged": _logged,
}
