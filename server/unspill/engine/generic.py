"""Values after names: `password = "…"`, `<token>…</token>`, `--secret …`. The judge decides whether one is a secret.

An anchor finds a name typical of secrets, an operator and the start of a value; one pattern then extracts name,
operator and value from the text around it. Unambiguous names (`password`) may precede any value; the others (`key`,
`token`) only one with an early digit, which excludes most code.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from unspill.engine import windows
from unspill.engine.named import (
    AHEAD,
    ANY,
    BARE,
    BREAK,
    CLOSE,
    HAS_DIGIT,
    LOOKS_RANDOM,
    NAME_BEFORE,
    PAT,
    PAT_ITSELF,
    PLAIN,
    PREFIX,
    PUNCTUATED,
    QUOTE,
    SCHEME,
    STRONG,
    TAIL,
    TELLING,
    WEAK,
    Named,
    anchors,
    anchors_behind,
)
from unspill.engine.stems import starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import regex

# Before `=`: `: str`, `: &'static str`, `string`, `As String`; the first pattern, for anchors, is a superset.
_NEAR_TYPE = r"""(?:[!?]?[ ]?:[A-Za-z0-9_.:<>,&*\[\]|?' ]{0,48}|string[ ]|(?i:as) [A-Za-z]{1,20}[ ])"""
_TYPE = (
    r"(?:[!?]?[ ]?:[ ]?(?:constant |\[\]const |[&*](?:'[a-z]{1,10} )?)?"
    r"[A-Za-z_\[](?:[A-Za-z0-9_.:<>&\[\]?']|,[ ]|[ ]\|[ ]){0,40}|string|(?i:as) [A-Za-z]{1,20})[ \t]{0,4}"
)
# What joins a name and a value; the second also one in quotation marks, which may follow on the next line.
_BARE_ASSIGN = r"(?:<-|--(?:body|value)[ =]|:{1,3}=|=>|>\r?\n|[=!]==?|[?.+]=|\|\|=?|->|[:=>])"
_ASSIGN = rf"(?:{_BARE_ASSIGN}|::|\?\?=?|\?:|//=?|\.(?:unwrap_or|orElse|getOrElse)\(|(?:or|to)[ ])"
# `{"name": "X", "value": "…"}`, `<add key="X" value="…"/>`, and the same over two lines in YAML.
_PAIR = r"""(?:,?[ \t\r\n]{0,40}["']?[Vv]alue["']?[ \t]?[:=])"""
# The `key` of `<add key="Password" value="…"/>` marks the name, and is not itself the name.
_NOT_NAMING = r"""(?!["']?[:=][ ]?["'][^"'\s]{1,80}["'],?\s{1,40}["']?[Vv]alue["']?[ \t]?[:=])"""
# In prose: `password is …`, `Token - …`, `Token – …`, `login / …`.
_IS = r"(?:is|was)(?:[ ](?:set to|now))?:?[ ]"
_DASH = r"(?:[-/]|\xe2\x80[\x93\x94]|\xe2\x86\x92)[ ]"
# A label, and its value alone on the next line; a block of YAML.
_LABELLED = r"(?::\*{0,2}[ \t]{0,8}(?:[|>][+-]?)?[ \t]{0,8}|=[ ]?\\)\r?\n(?:[ \t]{0,8}\r?\n)?[ \t]{0,64}"
_BLANKS = r"(?:\*{0,2}[ \t]{0,32}|<!\[CDATA\[)"
_NEXT = rf"\*{{0,2}}{BREAK}"
# The operator may begin the next line: Java, and chains of `||`.
_BROKEN = r"\r?\n[ \t]{1,64}(?:=|\|\||\?\?|\?:)"
_JOINTS = (rf"(?:{_NEAR_TYPE}=|{_BROKEN}|{_ASSIGN}|,){_NEXT}", rf"(?:{_PAIR}|[({{ \t]|{_IS}){_BLANKS}")
# Of `os.getenv("NAME", "…")` and the like, the default: up to its quotation mark.
_READ = (
    r"""[A-Za-z_.]{0,30}(?i:env)(?:[A-Za-z_.]{0,20}[(\[]["'][A-Za-z0-9_.\-]{1,60}["'][)\]]?|\.[A-Za-z0-9_]{1,60})"""
    r"""(?:,|[ ]?(?:or|\|\||\?\?|\?:))\s{0,64}(?:[A-Za-z]{1,20}: ?)?"""
)
# Of `… if … else "…"` and `… ? … : "…"`, the other value.
_CHOICE = r"""[^"'\x60\n]{1,80}[ ](?:else|:)[ ]"""
# `"Bearer " + "…"`
_SPLIT_SCHEME = r"""["'](?i:bearer|basic|token)(?: %s| )["'][ ]?[+%.][ ]?"""
_CALL = r"(?:(?:new |\[\])?[A-Za-z_][A-Za-z0-9_.:]{0,40}\([ \t]?(?:[a-z_]{1,20} ?= ?)?|\(\s{0,64})"
_CALLS = rf"(?:{_CALL}{{1,2}}|ConvertTo-SecureString )?"
# Another quotation mark around that of the value: `'"v"'`, `"\"v\""`.
_OUTER = r"""(?:"(?=[\\]{1,3}"|')|'(?="))?"""
_SAME = r"(?:[ \t]{0,3}[=!]==?[ \t]{0,3}|[ ](?:eq|ne)[ ]|\.equals\()"
# `setValue("…", forHTTPHeaderField: "X-Api-Key")`
_FOR = r""",?[ ]for[A-Za-z]{1,30}:[ ]?@?["'][A-Za-z\-]{0,20}?"""
_SUBJECT = r"""[A-Za-z_$.\[\]("']{0,60}"""
_COMPARING = (b"==", b"!=", b" eq ", b" ne ", b".equals(", b" for")
_USERINFO = r"""[A-Za-z]://(?:[^\s/:@"'\x60<>]{0,64}:[^\s/@"'\x60<>]{3,100}|[A-Za-z0-9_\-]{20,100})@"""

_MATCHES = 1000
"""How many names and values are taken from a window: text with more is data, not configuration."""
_NESTED = 8
"""How many values with the same end are taken: of `key=token=…=value`, the innermost."""
_LEAD = 512
"""Maximum length in bytes of a name and everything before its value."""
_ENDLESS = 2 * (AHEAD + _LEAD)
"""A run of this many bytes of `PLAIN` contains no value except at its end."""


_NAME = "generic"
ANCHORS = (
    *anchors_behind(
        _NAME,
        *(f"{STRONG}{TAIL}{CLOSE}{joint}{_CALLS}{PREFIX}[\"']?{QUOTE}{ANY}{{2}}" for joint in _JOINTS),
        *(
            f"(?:{WEAK}{TAIL}|{PAT}){CLOSE}{joint}{_CALLS}{PREFIX}[\"']?{QUOTE}{SCHEME}{LOOKS_RANDOM}"
            for joint in _JOINTS
        ),
        f"{TELLING}{CLOSE}:?=[ ]?(?:{_READ}|{_CHOICE}){QUOTE}{ANY}{{4}}",
        f"{TELLING}{CLOSE}[:=][ ]?{_SPLIT_SCHEME}{QUOTE}{LOOKS_RANDOM}",
        f"{STRONG}{TAIL}{CLOSE}(?:{_ASSIGN}|{_PAIR}){_BLANKS}{BARE}{PUNCTUATED}{{3}}",
        f"(?:{TELLING}|{PAT}){CLOSE}(?:{_ASSIGN}|{_PAIR}|[ \\t]|{_IS}|{_DASH}|{_LABELLED}){_BLANKS}{SCHEME}{HAS_DIGIT}",
        f"{WEAK}{TAIL}{CLOSE}[=:]{_BLANKS}[A-Za-z0-9+/\\-]{{20}}",
    ),
    *anchors(
        _NAME,
        f"(?:-[A-Za-z\\-]{{0,20}}{STRONG}|(?i:identified by))[ \\t]{{1,4}}{BARE}{{4}}",
        f"{QUOTE}{_SAME}{_SUBJECT}{TELLING}",
        f"[\"']{_FOR}(?:{STRONG}|{WEAK})",
        _USERINFO,
    ),
)


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:
    """The named values around the ends of the anchors' hits, in order. Raises TimeoutError."""
    for begin, end in windows.around(data, (end for end in ends if not _is_code(data, end))):
        # All at once: the timeout includes the use of the matches.
        matches = sorted(_matches(data, begin, end, timeout), key=lambda match: match.start())
        found: dict[tuple[int, int], Named] = {}
        for match in matches[:_MATCHES]:
            named = _named(data, match, begin, end)
            # On the next line is an argument of the same call, or another member of an object.
            if named.operator != "," or data.find(b"\n", named.name_start, named.start) < 0:
                kept = found.setdefault((named.start, named.end), named)
                # Of `key = getenv("API_KEY", "…")`, the nearer name.
                if kept.wrapper and not named.wrapper:
                    found[named.start, named.end] = named
        # Of `key: TOKEN=value`, the value is not `TOKEN=value`.
        names = {(named.name_start, named.end) for named in found.values()}
        yield from _innermost(named for place, named in found.items() if named.quote or place not in names)


def _matches(data: bytes, begin: int, end: int, timeout: float) -> Iterator[regex.Match[bytes]]:
    """The names with values in a window."""
    yield from islice(_behind_names(data, begin, end, timeout), _MATCHES)
    patterns = []
    if data.find(b"://", begin, end) >= 0:
        patterns.append(_in_url())
    if any(data.find(sign, begin, end) >= 0 for sign in _COMPARING):
        patterns.append(_compared())
    for pattern in patterns:
        yield from islice(pattern.finditer(data, begin, end, overlapped=True, timeout=timeout), _MATCHES)


def _behind_names(data: bytes, begin: int, end: int, timeout: float) -> Iterator[regex.Match[bytes]]:
    for first, last, limit in _searched(data, begin, end):
        for start in starts(data, first, last):
            if match := _behind_name().match(data, start, limit, timeout=timeout):
                yield match


def _searched(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Where to search for names: start and end of each range, and how far their values may reach.

    A value can only start shortly before the end of a long run of `PLAIN`, or would be too long.
    """
    for run in _PLAIN_RUN.finditer(data, begin, end) if end - begin > _ENDLESS else ():
        if run.end() - run.start() > _ENDLESS:
            yield begin, run.start(), run.start() + AHEAD + 1
            begin = run.end() - AHEAD - _LEAD
    yield begin, end, min(end + _LEAD, len(data))


def _innermost(found: Iterable[Named]) -> list[Named]:
    """The last few of values with the same end; otherwise in order."""
    ends: Counter[int] = Counter()
    kept = []
    for named in reversed(list(found)):
        ends[named.end] += 1
        if ends[named.end] <= _NESTED:
            kept.append(named)
    return kept[::-1]


def _is_code(data: bytes, end: int) -> bool:
    """Whether the unquoted value at the end of a hit is a name in code: `key = self.api_key`, `token: os.environ[`.

    Or a variable without a default: `${TOKEN}`, `${TOKEN:?message}`.
    Most hits are of this kind, and the pattern takes longer to compile than a small Space to scan.
    """
    start = data.rfind(b"${", max(end - 64, 0), end)
    if start >= 0 and b"}" not in data[start:end] and _VARIABLE.match(data, start):
        return True
    before = _CODE_BEFORE.search(data, max(end - 64, 0), end)
    behind = _CODE_BEHIND.match(data, end)
    if before is None or behind is None:
        return False
    return any(mark in before[1] + behind[0] for mark in (b"_", b".", b"(", b"["))


def _named(data: bytes, match: regex.Match[bytes], begin: int, end: int) -> Named:
    groups = match.groupdict()
    start, stop = match.span("value")
    quote = (groups.get("quote") or b"").decode()
    name_start, name, operator = match.start("name"), match["name"], (groups.get("operator") or b"").decode().strip()
    if "prefix" in groups:
        before = NAME_BEFORE.search(data, max(name_start - 48, begin), name_start)
        name_start = before.start() if before else name_start
        name = data[name_start : match.end("name")]
    if name.endswith(b".equals"):
        name, operator = name.removesuffix(b".equals"), "=="
    nearest = max(begin, name_start - windows.BEHIND)
    line = data.rfind(b"\n", nearest, name_start) + 1 or nearest
    if operator == "," and (name.startswith(b"-") or _GIVES.search(data, _call_line(data, line, begin), name_start)):
        operator = "="
    if not quote and operator != "://":
        stop = _bare_end(data, line, name_start, start, stop)
    return Named(
        name.decode("utf-8", "replace"),
        operator,
        quote,
        name_start,
        start,
        stop,
        (groups.get("wrapper") or b"").decode("utf-8", "replace").strip("( "),
        any(mark in b"fF$" for mark in groups.get("prefix") or b""),
        data[line:name_start].decode("utf-8", "replace"),
        data[stop + len(quote) : min(stop + len(quote) + 12, end + 1)].decode("utf-8", "replace"),
    )


def _call_line(data: bytes, line: int, begin: int) -> int:
    """Where the line starts on which the call begins whose first argument is on the line at `line`."""
    return data.rfind(b"\n", begin, max(line - 1, begin)) + 1 or begin if data[line - 2 : line] == b"(\n" else line


def _bare_end(data: bytes, line: int, name_start: int, start: int, stop: int) -> int:
    """Where a value without quotation marks ends: before the next parameter of a URL, and the end of a sentence.

    A line `NAME=value` is neither: there the value is all of the rest.
    """
    if _BEGINS_LINE.fullmatch(data, line, name_start) and data.find(b"=", name_start, start) >= 0:
        return stop
    parameter = _PARAMETER.search(data, start + 1, stop)
    stop = parameter.start() if parameter else stop
    return start + len(data[start:stop].rstrip(b".:"))


_PLAIN_RUN = re.compile(rb"%b+" % PLAIN.encode())
_CODE_BEFORE = re.compile(rb"(?<![=!])[=:,(][ \t]*([A-Za-z_.]+)\Z")
_VARIABLE = re.compile(rb"\$\{[A-Za-z0-9_]+(?:\}|:?\?)")
_CODE_BEHIND = re.compile(rb"[A-Za-z_./]*(?:[\s,)(\[]|\Z)")
_BEGINS_LINE = re.compile(rb"[ \t]*(?:(?:export|set|env|ENV|ARG)[ \t]+)?")
_PARAMETER = re.compile(rb"&(?:amp(?:;|\Z)|[A-Za-z_][A-Za-z0-9_.\-\[\]]{0,60}=)")
_GIVES = re.compile(
    rb"""(?:(?i:set|put|add|append|insert|define|header|property|env|fetch|default|option|compare|resvalue|buildconfig)\w*
    [)"'\x60\]]{0,3}[ \t]?[( ]\s{0,64}(?:"String",[ \t]?)?|Var\w?\(&\w+,[ \t]?
    |(?<![\w)\]])[({\[][ \t]?):?[\\]{0,3}["'\x60]?\Z""",
    re.VERBOSE,
)
"""What precedes a name that is given the next argument: a setter, a read with a default, the start of a tuple."""


@cache
def _behind_name() -> regex.Pattern[bytes]:
    import regex

    # The whole value or nothing: a longer one is not a secret without a format.
    bare = rf"{PLAIN}{{4,{AHEAD}}}+(?!{PLAIN})"
    # A password may contain brackets; the judge distinguishes it from code, whose brackets are balanced.
    bracketed = r"[^\s\"'\x60,;<]{8,80}+(?=[,;\"'\x60]?[ \t]{0,8}\r?(?:\n|\Z))"
    alone = r"[^\s\"'\x60,;<>(){}\[\]|\\:]{8,200}+(?=[ \t]{0,8}\r?(?:\n|\Z))"
    quoted = (
        # Within escaped quotation marks, neither those of the surrounding text nor the end of a line.
        rf"(?P<quote>[\\]{{1,3}}(?P<mark>[\"'\x60])){SCHEME}"
        rf"(?P<value>(?:(?!(?P=quote)|(?P=mark))(?:\\[^\r\nnr]|[^\r\n\\])){{1,{AHEAD}}})(?P=quote)"
        rf"|(?P<quote>\"{{3}}|'{{3}}|\x60{{1,2}}|[\"']){SCHEME}"
        rf"(?P<value>(?:(?!(?P=quote))(?:\\[^\r\n]|[^\r\n\\])){{1,{AHEAD}}})(?P=quote)"
    )
    blank = r"(?<=[^)\s][ \t]{1,40})(?![ \t\\]*\r?\n)"
    annotation = r"[A-Za-z_][A-Za-z0-9_.\[\]|, ]{0,40}[ ]=[ ]"
    return regex.compile(
        (
            rf"(?P<name>{TELLING}|{PAT_ITSELF}){_NOT_NAMING}{CLOSE}(?:"
            rf"(?:(?:{_TYPE}(?=:?=)|\r?\n[ \t]{{1,64}}(?==|\|\||\?\?|\?:))?(?P<operator>{_ASSIGN}|,){_NEXT}"
            rf"|(?P<operator>{_PAIR}|[({{]|{_IS}|{blank}){_BLANKS})"
            rf"(?P<wrapper>{_READ}|{_SPLIT_SCHEME}|(?<==[ ]?){_CHOICE}|{_CALLS})"
            rf"(?P<prefix>{PREFIX}){_OUTER}(?:{quoted})"
            rf"|(?P<operator>:-|{_BARE_ASSIGN}|{_PAIR}|[,(]|{blank}){_BLANKS}(?!{annotation})"
            rf"{SCHEME}(?P<value>{bare}|{bracketed})"
            rf"|(?P<operator>{_IS}|(?<=[ \t]){_DASH}){_BLANKS}(?=[^\s]{{0,40}}[0-9])(?={PLAIN}{{6}})(?P<value>{bare})"
            rf"|(?P<operator>{_LABELLED})(?P<value>{alone}))"
        ).encode()
    )


@cache
def _in_url() -> regex.Pattern[bytes]:
    import regex

    return regex.compile(
        rb"(?P<name>[A-Za-z][A-Za-z0-9+.\-]{0,20})(?P<operator>://)"
        rb"(?:[^\s/:@\"'\x60<>]{0,64}:(?P<value>[^\s/@\"'\x60<>]{3,100})|(?<=https?://)(?P<value>[A-Za-z0-9_\-]{20,100}))(?=@)"
    )


@cache
def _compared() -> regex.Pattern[bytes]:
    import regex

    return regex.compile(
        (
            rf"(?P<quote>[\"'\x60])(?P<value>[^\s\"'\x60]{{3,200}})(?P=quote)(?P<operator>{_SAME}|{_FOR})"
            rf"(?P<name>{_SUBJECT}{TELLING})"
        ).encode()
    )
