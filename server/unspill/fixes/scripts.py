"""Makefiles, PowerShell and batch files: each has its own syntax for environment variables.

Sources: GNU make manual, "Variables from the Environment"; PowerShell, about_Environment_Variables and
about_Quoting_Rules; cmd, `set /?`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.fixes import moving, shell
from unspill.model import Plan, Span

if TYPE_CHECKING:
    from unspill.document import Document
    from unspill.model import Stored

_SET = {".ps1": rb"[ \t]*\$env:%b[ \t]*=[^\r\n]*", ".bat": rb"[ \t]*@?set[ \t]+\"?%b=[^\r\n]*"}
_MAKE_VARIABLE = re.compile(rb"[ \t]*(?:(?:export|override)[ \t]+)*([A-Za-z0-9_.-]+)[ \t]*[:?+]{0,3}=[ \t]*")
_POWERSHELL_TOKEN = re.compile(rb"#.*|'(?:[^']|'')*'|\"(?:[^\"`]|`.|\"\")*\"")
_BETWEEN_WORDS = b" \t=,;()|"


def make(document: Document, span: Span, stored: Stored) -> Plan:
    """A variable comes from the environment; in a recipe the shell expands it (`$$`, since make expands `$`)."""
    start, end = document.line_span(document.line_at(span.start))
    line, name = document.data[start:end], stored.name
    if line.startswith(b"\t"):
        inside = Span(span.start - start, span.end - start)
        changes = shell.rewrite(line.replace(b"$$", b"xx"), inside, f"$${{{name}:?}}")
        if changes is None or any(text == "\\" for _, text in changes):
            return Plan(withheld=f'Insert "$${{{name}:?}}" manually.')
        return _read(document, stored, [(Span(at.start + start, at.end + start), text) for at, text in changes])
    variable = _MAKE_VARIABLE.match(line)
    if variable is not None and variable[1] != name.encode():
        return _read(document, stored, [(span, f"$({name})")])
    if variable is None or start + variable.end() != span.start or line[span.end - start :].strip():
        return Plan(withheld=f"Set the variable to $({name}) manually.")
    export = "export " if b"export" in line[: variable.start(1)] else ""
    change = f"{export}{name} ?= $(error set {name})"
    return Plan((moving.move(document, f"Require {name}", stored, [(Span(start, end), change)]),))


def windows(document: Document, span: Span, stored: Stored, suffix: str) -> Plan:
    """Remove a line that only sets the variable; replace any other value by an expansion."""
    line = document.line_at(span.start)
    start, end = document.line_span(line)
    pattern = _SET[".ps1" if suffix == ".ps1" else ".bat"] % stored.name.encode()
    if re.fullmatch(pattern, document.data[start:end], re.IGNORECASE):
        removal = moving.whole_line(document, Span(start, end))
        title = f"Remove the assignment ({stored.name} comes from the environment)"
        return Plan((moving.move(document, title, stored, [(removal, "")]),))
    if suffix != ".ps1":
        return _read(document, stored, [(span, f"%{stored.name}%")])
    changes = _powershell(document.data, Span(start, end), span, stored.name)
    if changes is None:
        return Plan(withheld=f"Read $env:{stored.name} manually.")
    return _read(document, stored, changes)


def _powershell(data: bytes, line: Span, span: Span, name: str) -> moving.Changes | None:
    """`$env:NAME` for a word or a whole string, `${env:NAME}` within one; None if it may not expand."""
    if b"@'" in data or b'@"' in data:  # a multi-line string
        return None
    token = next(
        (one for one in _POWERSHELL_TOKEN.finditer(data, *line) if one.start() <= span.start < one.end()), None
    )
    if token is None:
        around = data[max(span.start - 1, line.start) : span.start] + data[span.end : min(span.end + 1, line.end)]
        return [(span, f"$env:{name}")] if all(char in _BETWEEN_WORDS for char in around) else None
    whole, quote = Span(*token.span()), token[0][:1]
    if Span(whole.start + 1, whole.end - 1) == span:
        return [(whole, f"$env:{name}")]
    if quote == b'"':
        return [(span, f"${{env:{name}}}")]
    rest = (data[whole.start + 1 : span.start], data[span.end : whole.end - 1])
    before, after = (re.sub(r'([`$"])', r"`\1", part.decode("utf-8", "replace").replace("''", "'")) for part in rest)
    return [(whole, f'"{before}${{env:{name}}}{after}"')] if quote == b"'" else None


def _read(document: Document, stored: Stored, changes: moving.Changes) -> Plan:
    return Plan((moving.move(document, f"Read {stored.name} from the environment", stored, changes),))
