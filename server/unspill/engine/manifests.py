"""The values of Kubernetes Secrets: those under `data` and `stringData` in a manifest of `kind: Secret`.

Their names may be unspecific (`config`, `.dockercfg`): the manifest itself declares each of them a secret (Kubernetes
documentation, "Secrets"). Read line by line: manifests with templates are not YAML yet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine.named import Named, anchors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RULE = "generic-kubernetes-secret"
ENCODED = "data"
"""The mapping of a Secret whose values are base64-encoded; those of `stringData` are literal."""
ANCHORS = anchors("manifests", r"""[^A-Za-z0-9_]kind["']?:[ \t]{0,8}["']?[Ss]ecret["'\s,]""")
_KIND = re.compile(rb"""^([ \t-]*)["']?kind["']?:[^\n]*$""", re.MULTILINE)
_BORDER = b"\n---"
"""The separator between the documents of a file."""
_MAPPING = re.compile(rb"""^([ \t]*)["']?(data|stringData)["']?:[ \t]*(?:\{[ \t]*)?\r?\n""", re.MULTILINE)
_ENTRY = re.compile(
    rb"""([ \t]+)["']?(?P<name>[A-Za-z0-9._-]{1,253})["']?[ \t]*:[ \t]*
    (?:[|>][+-]?[ \t]*\r?\n(?P<block>(?:\1[ \t]+[^\s][^\n]*(?:\n|\Z))+)
    |(?P<quote>["'])(?P<quoted>[^"'\n]+)["'],?[ \t]*(?:\#[^\n]*)?\r?(?:\n|\Z)
    |(?P<bare>[^\s"'|>{\[\#][^\s\#,]*),?[ \t]*(?:\#[^\n]*)?\r?(?:\n|\Z))""",
    re.VERBOSE,
)
_LINE = re.compile(rb"(?:[ \t]*(?:#[^\n]*)?\r?\n)|([ \t]+)[^\n]*(?:\n|\Z)")


def values(data: bytes, ends: Iterable[int], timeout: float) -> Iterator[Named]:  # noqa: ARG001  # bounded without
    """The entries of the Secrets whose `kind` the anchors found: name, and value without quotes or indentation.

    The operator is the mapping around an entry: `ENCODED`, or `stringData`.
    """
    looked_at = line = before = 0
    for end in sorted(set(ends)):
        if end <= looked_at:
            continue
        line = data.rfind(b"\n", before, max(end - 1, 0)) + 1 or line
        before = max(end - 1, 0)
        kind = _KIND.match(data, line)
        if kind is None:
            continue
        border = data.find(_BORDER, end)
        first, looked_at = data.rfind(_BORDER, 0, line) + 1, len(data) if border < 0 else border
        for mapping in _MAPPING.finditer(data, first, looked_at):
            if len(mapping[1]) == len(kind[1]):
                yield from _entries(data, mapping, looked_at)


def _entries(data: bytes, mapping: re.Match[bytes], end: int) -> Iterator[Named]:
    """The entries below `data:`, as long as lines are indented more than it is."""
    at, indentation = mapping.end(), len(mapping[1])
    while (line := _LINE.match(data, at, end)) and (line[1] is None or len(line[1]) > indentation):
        entry = _ENTRY.match(data, at, end)
        if entry is None:
            at = line.end()
            continue
        at = entry.end()
        start, stop = next(entry.span(group) for group in ("block", "quoted", "bare") if entry[group] is not None)
        text = data[start:stop]
        start, stop = start + len(text) - len(text.lstrip()), stop - len(text) + len(text.rstrip())
        if start < stop:
            name = entry["name"].decode()
            quote = (entry["quote"] or b"").decode()
            yield Named(name, mapping[2].decode(), quote, entry.start("name"), start, stop)
