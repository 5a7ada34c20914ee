"""Signature Version 4: the examples that AWS has published, with their example keys."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill.net.client import HttpsRequest
from unspill.net.signing import AwsKey, scope_of, signed

KEY = AwsKey("AKID" + "EXAMPLE", "wJalrXUtnFEMI/" + "K7MDENG+bPxRfi" + "CYEXAMPLEKEY")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=timezone.utc)
HOST = "example.amazonaws.com"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.mark.parametrize(
    ("request_", "scope", "signature"),
    [
        (
            HttpsRequest("GET", HOST, "/"),
            ("us-east-1", "service"),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            HttpsRequest("POST", HOST, "/"),
            ("us-east-1", "service"),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            HttpsRequest("GET", HOST, "/?Param2=value2&Param1=value1"),
            ("us-east-1", "service"),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            HttpsRequest("POST", HOST, "/", FORM, b"Param1=value1"),
            ("us-east-1", "service"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            HttpsRequest(
                "GET",
                "iam.amazonaws.com",
                "/?Action=ListUsers&Version=2010-05-08",
                ((FORM[0][0], f"{FORM[0][1]}; charset=utf-8"),),
            ),
            None,
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    ],
    ids=["get", "post", "query", "form", "documentation"],
)
def test_published_examples(request_: HttpsRequest, scope: tuple[str, str] | None, signature: str) -> None:
    """The signature is the published one, and nothing but the header is added."""
    made = signed(request_, KEY, NOW, scope)
    header = dict(made.headers)["Authorization"]
    assert header.rpartition("Signature=")[2] == signature
    assert header.startswith(f"AWS4-HMAC-SHA256 Credential={KEY.id}/20150830/")
    assert made._replace(headers=request_.headers) == request_


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("sts.amazonaws.com", ("us-east-1", "sts")),
        ("sts.eu-west-1.amazonaws.com", ("eu-west-1", "sts")),
        ("sts.us-gov-west-1.amazonaws.com", ("us-gov-west-1", "sts")),
        ("sts.cn-north-1.amazonaws.com.cn", ("cn-north-1", "sts")),
    ],
)
def test_the_scope_is_that_of_the_host(host: str, scope: tuple[str, str]) -> None:
    """Region and service are parts of the host's name."""
    assert scope_of(host) == scope


@settings(deadline=None)
@given(secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40))
def test_the_secret_is_not_sent(secret: str) -> None:
    """No header has the secret key, and no `repr` shows it."""
    key = AwsKey("key-id", f"#{secret}#")
    made = signed(HttpsRequest("POST", HOST, "/", FORM, b"x"), key, NOW)
    assert key.secret not in f"{made.headers} {key!r} {[key]}"


def test_what_a_proxy_may_change_is_not_signed() -> None:
    """Other headers take no part in the signature."""
    request = HttpsRequest("GET", HOST, "/", (("User-Agent", "a"), ("Accept", "b")))
    assert "SignedHeaders=host;x-amz-date," in dict(signed(request, KEY, NOW).headers)["Authorization"]
