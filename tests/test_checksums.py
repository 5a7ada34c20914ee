"""Checksums against vectors with made-up bodies; each algorithm was recomputed on published fixtures first."""

from __future__ import annotations

import base64
import json
import string

import pytest
from unspill.judge.answer import Answer
from unspill.judge.checksums import CHECKSUMS, crc16_xmodem, marvin32
from unspill.judge.validity import check

LOWER, UPPER = string.ascii_lowercase, string.ascii_uppercase

VECTORS = [
    ("crc32-base62", "ghp_" + LOWER + "ABCD", "4dNndU"),
    ("crc32-base62", "ghr_" + "abcdefghij" * 7, "4Rwbld"),
    ("crc32-base62", "vcp_" + LOWER + UPPER[:24], "0gg0n0"),
    ("crc32-base62", "polar_oat_" + LOWER + UPPER[:11], "4WQsSZ"),
    ("gitlab-routable", "gl" + "pat-abcdefghijklmnopqrstuvwxyza.01.0r", "1baejcl"),
    ("zuplo-crc32", "zpka_" + "0123456789abcdef" * 2 + "_", "7759b50e"),
    ("cloudflare-crc32", "cfut_" + LOWER + UPPER[:14], "8d0bba66"),
    ("confluent-crc32", "cflt" + LOWER + UPPER + "01", "/KSkDA"),
    ("grafana-crc32", "glsa_" + LOWER + UPPER[:6] + "_", "ec61ef3f"),
    ("atlassian-crc32", "ATBB" + LOWER[:24], "09B5908D"),
    ("azure-cask", "ABCD" * 13 + "JQQJ99BAABCDEFGHIJKLAAABACOG", "2HXh"),
]


@pytest.mark.parametrize(("name", "body", "tail"), VECTORS)
def test_a_vector_is_right_and_any_other_tail_is_not(name: str, body: str, tail: str) -> None:
    """The checksum of a known vector is recognised, and the same token with another tail is not."""
    assert check(name, (body + tail).encode()) is Answer.RIGHT
    other = "".join("1" if char != "1" else "2" for char in tail)
    assert check(name, (body + other).encode()) is not Answer.RIGHT


def test_an_azure_storage_key_is_told_by_marvin32() -> None:
    """An 88-character key ends in the Marvin32 of its first 60 bytes."""
    body = bytes(range(0x39)) + base64.b64decode("+ASt")[:3]
    key = base64.b64encode(body + marvin32(body, b"Default0").to_bytes(4, "little"))
    assert key.endswith(b"Y5ep4A==")
    assert check("azure-key-64", key) is Answer.RIGHT
    assert check("azure-key-64", key.replace(b"Y5ep4A", b"X5ep4A")) is not Answer.RIGHT


def test_marvin32_and_crc16_have_their_published_values() -> None:
    """The two sums that the standard library lacks, or hides, give what their definitions give."""
    assert marvin32(b"hello", b"Default0") == 0x56BC6E0E
    assert crc16_xmodem(b"123456789") == 0x31C3


def test_a_documented_checksum_that_is_wrong_is_proof() -> None:
    """Only issuers' documents make a wrong checksum count against a value."""
    assert check("crc32-base62", b"ghp_" + b"a" * 36) is Answer.WRONG
    assert check("grafana-crc32", b"glsa_" + b"a" * 32 + b"_00000000") is Answer.UNKNOWN


@pytest.mark.parametrize("name", sorted(CHECKSUMS))
@pytest.mark.parametrize("value", [b"", b"_", b"=", b"\xff" * 90, b"A" * 93, b"0" * 7])
def test_no_value_makes_a_checksum_fail(name: str, value: bytes) -> None:
    """Whatever a pattern lets through, a checksum answers."""
    assert check(name, value) in Answer


def jwt(header: object, payload: object, signature: str = "c2lnbmF0dXJl") -> bytes:
    """A JSON Web Token with this content."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, payload)]
    return ".".join([*parts, signature]).encode()


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        (jwt({"alg": "HS256"}, {"sub": "1"}), Answer.RIGHT),
        (jwt({"typ": "JWT"}, {"sub": "1"}), Answer.WRONG),
        (jwt({"alg": "none"}, {"sub": "1"}), Answer.WRONG),
        (jwt({"alg": "HS256"}, {"sub": "1", "name": "John Doe"}), Answer.WRONG),
        (b"eyJub3QiOiJqc29u.eyJ9.x", Answer.WRONG),
        (b"eyJ.e.e.e", Answer.WRONG),
    ],
)
def test_a_jwt_is_judged_by_what_is_inside(value: bytes, answer: Answer) -> None:
    """A JWT counts if header and payload are JSON, it is signed, and it is no tutorial's."""
    assert check("jwt", value) is answer
