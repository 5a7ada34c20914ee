"""Made-up tokens that also carry a right checksum or structure, for the kinds that have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.samples import Sample
from unspill.judge.checksums import CHECKSUMS

if TYPE_CHECKING:
    from unspill.rules import Rule


def with_checksum(name: str, value: str) -> str:
    """`value` with its end replaced by what the checksum called `name` asks for."""
    tail = CHECKSUMS[name](value.encode())
    return value if tail is None else value[: -len(tail)] + tail.decode()


def complete(rule: Rule, sample: Sample) -> Sample:
    """`sample` with every made-up value completed as the rule's checksum asks; values keep their length."""
    if rule.checksum not in CHECKSUMS:
        return sample
    text = sample.text
    for start, end in sample.spans:
        text = text[:start] + with_checksum(rule.checksum, text[start:end]) + text[end:]
    return Sample(text, sample.spans)
