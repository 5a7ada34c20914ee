"""Every request of the rule files against a server that answers as its provider does, or worse: what is then proven."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill.model import Secret
from unspill.net.hosts import HTTPS
from unspill.net.providers import (
    LONGEST_PAUSE,
    RETRIES,
    CredentialRequest,
    Proven,
    ProviderAnswer,
    ProviderApi,
)
from unspill.providers import Proof, ProviderRequest

from tests.net.servers import Authority, Providers, Received, Reply, client, content, reply, shipped
from tests.samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from unspill.rules import Rule

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
VERIFIED = [rule for rule in shipped() if rule.verify is not None]
REVOCABLE = [rule for rule in shipped() if rule.revocation is not None]
HTML = (("Content-Type", "text/html"),)


def target(request: ProviderRequest, rule: Rule) -> CredentialRequest:
    """A request about a made-up value of a rule."""
    values = {
        name: Secret(sample(rule.pattern if name == "secret" else "[a-z]{20}", Random(f"{rule.id} {name}")))
        for name in request.placeholders - {"host"}
    }
    if request.url == "{secret}":
        hosts: tuple[str, ...] = (urlsplit(values["secret"].reveal()).hostname or "",)
    else:
        hosts = request.hosts or (urlsplit(request.url).hostname or "",)
    hosts = hosts if hosts != ("{host}",) else ("cache-1.upstash.example",)
    return CredentialRequest(request, tuple((host, HTTPS) for host in hosts), values)


def api(authority: Authority, providers: Providers, slept: list[float] | None = None, **more: Any) -> ProviderApi:
    """What asks, with a clock that stands still."""
    sleep = (slept if slept is not None else []).append
    return ProviderApi(client(authority, providers, **more), sleep=sleep, now=lambda: NOW)


def cases() -> list[tuple[str, Rule, Reply, Proven]]:
    """Provider, state and verdict, from the data: each proof proves, and nothing else does."""
    found = []
    for rule in VERIFIED:
        request = rule.verify
        assert request is not None
        for proven, proofs in ((Proven.LIVE, request.live), (Proven.DEAD, request.dead)):
            for proof in proofs:
                name = f"{proven.value} {proof.status} {dict(proof.json) or ''}"
                found.append((name, rule, reply(proof.status, content(proof)), proven))
                if proof.json and Proof(proof.status) not in (*request.live, *request.dead):
                    found.append((f"bare {proof.status}", rule, reply(proof.status), Proven.UNKNOWN))
                page = Reply(proof.status, b"<!doctype html>", HTML)
                found.append((f"page {proof.status}", rule, page, Proven.UNKNOWN))
                cut = reply(proof.status, content(proof))._replace(cut_off=True)
                found.append((f"cut off {proof.status}", rule, cut, Proven.UNKNOWN))
        others = (204, 301, 302, 400, 403, 404, 418, 500, 502, 503)
        found += [(str(status), rule, reply(status, {"error": "x"}), Proven.UNKNOWN) for status in others]
        found.append(("429", rule, reply(429, RateLimit='"api";r=0;t=300'), Proven.UNKNOWN))
    return found


@pytest.mark.parametrize(
    ("rule", "said", "proven"), [pytest.param(*case[1:], id=f"{case[1].id}-{case[0]}") for case in cases()]
)
def test_what_an_answer_proves(
    authority: Authority, providers_for_all: Providers, rule: Rule, said: Reply, proven: Proven
) -> None:
    """A value is live or dead by the answers in the data, and by no other; hosts are asked until one knows it."""
    providers = providers_for_all
    providers.received.clear()
    providers.answers = lambda _: said
    request = rule.verify
    assert request is not None
    asked = target(request, rule)
    answer = api(authority, providers).verify(asked)
    assert (answer.proven, bool(answer.reason)) == (proven, proven is Proven.UNKNOWN)
    assert len(providers.received) == (1 if proven is Proven.LIVE else len(asked.hosts))
    assert {received.host for received in providers.received} <= {host for host, _ in asked.hosts}
    value = asked.values["secret"].reveal()
    assert value not in f"{answer} {asked}"


@pytest.mark.parametrize("rule", VERIFIED, ids=lambda rule: rule.id)
def test_a_slow_answer_proves_nothing(authority: Authority, providers: Providers, rule: Rule) -> None:
    """A server that never ends costs no more than the limit."""
    providers.answers = lambda _: Reply(drips=True)
    ticks = count()
    assert rule.verify is not None
    asked = target(rule.verify, rule)
    answer = api(authority, providers, clock=lambda: next(ticks)).verify(asked)
    assert (answer.proven, answer.status) == (Proven.UNKNOWN, 0)
    assert answer.reason == "no answer within 20 seconds"


@pytest.mark.parametrize("rule", [*VERIFIED, *REVOCABLE], ids=lambda rule: rule.id)
def test_where_the_value_goes(authority: Authority, providers: Providers, rule: Rule) -> None:
    """The value arrives where the data says, in an address only where the data says so; a signer sends none."""
    for request in filter(None, (rule.verify, rule.revocation)):
        providers.received.clear()
        asked = target(request, rule)
        if request is rule.verify:
            api(authority, providers).verify(asked)
        else:
            api(authority, providers).revoke(asked, lambda: True)
        received, value = providers.received[0], asked.values["secret"].reveal()
        text = received.text.replace('\\"', '"').replace("\\\\", "\\")
        in_address = value in received.target or quote(value, ":") in received.target
        whole = urlsplit(value).path in received.target if request.url == "{secret}" else in_address
        assert whole == request.is_in_address
        assert (value in text or whole) == (not request.signer)
        assert received.method == request.method
        assert received.headers["user-agent"].startswith("unspill/")
        assert "{" not in received.target


@pytest.mark.parametrize("rule", REVOCABLE, ids=lambda rule: rule.id)
def test_what_a_revocation_proves(authority: Authority, providers: Providers, rule: Rule) -> None:
    """Confirmed, taken, or unknown; whatever comes back, it is sent once, after the word to begin."""
    request = rule.revocation
    assert request is not None
    asked = target(request, rule)
    states = [(Proven.REVOKED, proof) for proof in request.revoked]
    states += [(Proven.ACCEPTED, proof) for proof in request.accepted]
    worse = [Reply(status) for status in (302, 400, 401, 403, 404, 500)] + [
        reply(429, Retry_After="1"),
        Reply(body=b"<html>", headers=HTML),
        Reply(cut_off=True),
    ]
    replies = [(proven, reply(proof.status, content(proof))) for proven, proof in states]
    for proven, said in [*replies, *((Proven.UNKNOWN, one) for one in worse)]:
        providers.received.clear()
        providers.answers = lambda _, said=said: said  # type: ignore[misc]  # the default is no parameter
        began: list[int] = []

        def begin(began: list[int] = began) -> bool:
            began.append(len(providers.received))
            return True

        answer = api(authority, providers).revoke(asked, begin)
        assert answer is not None
        assert answer.proven is proven
        assert (began, len(providers.received)) == ([0], 1)


def test_nothing_is_sent_without_the_word_to_begin(authority: Authority, providers: Providers) -> None:
    """If it is refused, or fails, the connection ends without a request; without one, the word is not asked for."""
    rule = REVOCABLE[0]
    assert rule.revocation is not None
    asked = target(rule.revocation, rule)
    assert api(authority, providers).revoke(asked, lambda: False) is None

    def fail() -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api(authority, providers).revoke(asked, fail)
    answer = api(authority, providers, allowed=()).revoke(asked, fail)
    assert answer is not None
    assert answer.reason.endswith("; nothing was sent")
    assert providers.received == []


# Several hosts


def test_several_hosts_prove_a_value_dead_together(authority: Authority, providers: Providers) -> None:
    """One that accepts it is enough; one that is unsure leaves it unknown; all that refuse it prove it dead."""
    request = ProviderRequest(
        ("x",), "GET", "https://{host}/", hosts=("a.example", "b.example"), live=(Proof(200),), dead=(Proof(401),)
    )
    asked = CredentialRequest(request, (("gitlab.com", HTTPS), ("discord.com", HTTPS)), {"secret": Secret("abc")})
    for statuses, proven in (
        ((401, 401), Proven.DEAD),
        ((401, 200), Proven.LIVE),
        ((401, 500), Proven.UNKNOWN),
        ((500, 401), Proven.UNKNOWN),
        ((200, 401), Proven.LIVE),
    ):
        by_host = dict(zip(("gitlab.com", "discord.com"), statuses, strict=True))
        providers.answers = lambda received, by_host=by_host: reply(by_host[received.host])  # type: ignore[misc]
        assert api(authority, providers).verify(asked).proven is proven


# Limits


def limited(authority: Authority, providers: Providers, *said: Reply) -> tuple[ProviderAnswer, list[float]]:
    """The verdict on a token when a provider answers like this, one after the other, and the pauses."""
    rule = next(rule for rule in VERIFIED if rule.id == "huggingface-user-token")
    replies, slept = iter(said), list[float]()
    providers.answers = lambda _: next(replies)
    assert rule.verify is not None
    return api(authority, providers, slept).verify(target(rule.verify, rule)), slept


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry_After": "7"}, 7),
        ({"Retry_After": "Mon, 30 Nov 2026 12:00:09 GMT"}, 10),
        ({"Retry_After": "Mon, 30 Nov 2020 12:00:09 GMT"}, 0),
        ({"RateLimit": '"api";r=0;t=12'}, 12),
        ({"RateLimit_Reset": "3"}, 3),
        ({"Retry_After": "soon", "RateLimit": "x", "RateLimit_Reset": "²"}, 5),
        ({}, 5),
    ],
)
def test_a_limit_is_waited_for(
    authority: Authority, providers: Providers, headers: dict[str, str], pause: float
) -> None:
    """A pause that is short enough is made, and the question asked again."""
    answer, slept = limited(authority, providers, reply(429, **headers), reply(200))
    assert (answer.proven, slept) == (Proven.LIVE, [pause])


def test_patience_ends(authority: Authority, providers: Providers) -> None:
    """Neither a long pause is made nor a fourth try; the answer is unknown, and says when to run again."""
    answer, slept = limited(authority, providers, reply(429, Retry_After=str(LONGEST_PAUSE + 1)))
    assert (answer.status, slept) == (429, [])
    assert answer.reason == (
        "huggingface.co answers 429, too many requests, and asks to wait 61 seconds; run again later"
    )
    answer, slept = limited(authority, providers, *[reply(429)] * (RETRIES + 1))
    assert (answer.proven, slept) == (Proven.UNKNOWN, [5] * RETRIES)


def test_a_busy_host_is_left_alone(authority: Authority, providers: Providers) -> None:
    """After it has asked for a long pause, no further value is sent to it in this run."""
    rule = VERIFIED[0]
    assert rule.verify is not None
    providers.answers = lambda _: reply(429, Retry_After="999")
    asking, asked = api(authority, providers), target(rule.verify, rule)
    assert asking.verify(asked).reason == asking.verify(asked).reason
    assert len(providers.received) == len(asked.hosts)


# What an answer tells


SHOWING = ProviderRequest(
    ("x",),
    "GET",
    "https://huggingface.co/api/whoami-v2",
    headers=(("Authorization", "{secret}"),),
    live=(Proof(200),),
    shows=(("account", "name"), ("role", "auth.role"), ("scopes", "@x-scopes")),
    broad=("write", "admin:org"),
)
VALUE = "abcdefghijkl"


def shown(authority: Authority, providers: Providers, said: Reply) -> ProviderAnswer:
    """What is told of an answer."""
    providers.answers = lambda _: said
    asked = CredentialRequest(SHOWING, (("huggingface.co", HTTPS),), {"secret": Secret(VALUE)})
    return api(authority, providers).verify(asked)


def test_account_and_roles(authority: Authority, providers: Providers) -> None:
    """They come from the JSON and the headers; what allows more than most need is told."""
    said = reply(200, {"name": "me", "auth": {"role": "write"}}, X_Scopes="repo, admin:org ,")
    answer = shown(authority, providers, said)
    assert answer.shown == (("account", "me"), ("role", "write"), ("scopes", "repo, admin:org"))
    assert answer.broad == ("write", "admin:org")


def test_only_a_live_one_tells(authority: Authority, providers: Providers) -> None:
    """A refusal with an account proves nothing about whose it is."""
    assert shown(authority, providers, reply(403, {"name": "me"})).shown == ()


@settings(deadline=None)
@given(before=st.text(max_size=30), piece=st.sampled_from([VALUE, VALUE[2:10], "x"]), after=st.text(max_size=200))
def test_an_answer_that_quotes_the_value_is_not_shown(
    authority: Authority, providers_for_all: Providers, before: str, piece: str, after: str
) -> None:
    """Whatever a provider says, eight characters of the value are in none of it, and it is short."""
    answer = shown(authority, providers_for_all, reply(200, {"name": before + piece + after, "auth": {"role": ["a"]}}))
    told = dict(answer.shown).get("account", "")
    assert not any(VALUE[at : at + 8] in told for at in range(len(VALUE) - 7))
    assert len(told) <= 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "auth", "role"]), inner),
)


@settings(deadline=None)
@given(body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=50), status=st.integers(200, 599))
def test_any_answer_has_a_verdict(authority: Authority, providers_for_all: Providers, body: bytes, status: int) -> None:
    """No body is an error: a status without a proof is unknown."""
    answer = shown(authority, providers_for_all, Reply(status, body))
    assert answer.proven in ((Proven.LIVE, Proven.UNKNOWN) if status == 200 else (Proven.UNKNOWN,))


# What is sent


@pytest.mark.parametrize("value", ["", "a\r\nb: c", "a\x00", "ключ", "a\udcff"])
def test_a_value_that_no_request_can_carry(authority: Authority, providers: Providers, value: str) -> None:
    """It is not sent, in whatever place it would be."""
    for rule in (*VERIFIED, *REVOCABLE):
        for request in filter(None, (rule.verify, rule.revocation)):
            asked = target(request, rule)
            asked = asked._replace(values={**asked.values, "secret": Secret(value)})
            answer = api(authority, providers).revoke(asked, lambda: True)
            assert answer is not None
            assert answer.reason == "its value has characters that cannot be sent; nothing was sent"
    assert providers.received == []


@settings(deadline=None)
@given(value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30))
def test_any_value_arrives_whole(authority: Authority, providers_for_all: Providers, value: str) -> None:
    """In a header, as a password, in JSON, in a form and in an address, no character of a value is syntax."""
    request = ProviderRequest(
        ("x",),
        "POST",
        "https://huggingface.co/a/{secret}/b?c={secret}",
        headers=(("X-Key", "{secret}"),),
        auth=("user", "{secret}"),
        json='{"a": ["{secret}"]}',
    )
    got: list[Received] = []

    def answers(received: Received) -> Reply:
        got.append(received)
        return Reply()

    providers_for_all.answers = answers
    for one in (request, request._replace(json="", form=(("a", "{secret}"),))):
        asked = CredentialRequest(one, (("huggingface.co", HTTPS),), {"secret": Secret(value)})
        api(authority, providers_for_all).revoke(asked, lambda: True)
    for received in got:
        assert received.headers["x-key"] == value
        assert f"user:{value}" in received.text
        assert received.target == f"/a/{quote(value, ':')}/b?c={quote(value, ':')}"
    assert json.loads(got[0].body) == {"a": [value]}
    assert got[1].body.decode() == f"a={quote(value, '').replace('%7E', '~')}"


def tracing(authority: Authority, providers: Providers) -> tuple[ProviderApi, list[tuple[str, str, int]]]:
    """What asks, and what it tells of each answer."""
    traced: list[tuple[str, str, int]] = []
    trace: Callable[[str, str, int], None] = lambda method, host, status: traced.append((method, host, status))  # noqa: E731
    return ProviderApi(client(authority, providers), trace=trace), traced


def test_a_trace_has_method_host_and_status(authority: Authority, providers: Providers) -> None:
    """And nothing else."""
    asking, traced = tracing(authority, providers)
    asking.verify(CredentialRequest(SHOWING, (("huggingface.co", HTTPS),), {"secret": Secret(VALUE)}))
    assert traced == [("GET", "huggingface.co", 200)]
