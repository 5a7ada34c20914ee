"""`unspill rotate --verify` and `--revoke`: consents, what is sent and how often, and what the ledger knows then."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import contextmanager, suppress
from io import UnsupportedOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from unspill import rules
from unspill.app import Request, isolation
from unspill.app.rotation import Prepared, ledger, network, prepare, seen
from unspill.app.rotation.network import Consent, Exchange
from unspill.app.rotation.plan import RotationOptions
from unspill.app.rotation.vault import Vault
from unspill.cli import consent, rotation
from unspill.errors import UserError
from unspill.net.providers import Proven, ProviderApi
from unspill.settings import Settings

from tests.canaries import windows
from tests.cli import git, write
from tests.helpers import token
from tests.net.servers import Authority, Providers, Received, Reply, client, reply, shipped
from tests.proof.crashing import OPERATIONS, Crash, dies
from tests.samples import made
from tests.test_git_staged import commit, repository
from tests.test_rotate import LATER, TODAY, exposed, left, plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from unspill.app.rotation.plan import RotationPlan

OLD, NEW = token(1), token(2)
GITLAB = made("glpat-[A-Za-z0-9_-]{20}")
KNOWN = {name: rule for rule in shipped() for name in rule.ids}
WHOAMI, REVOKE = "/api/whoami-v2", "/api/credentials/revoke"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="repositories are made with git")


@pytest.fixture(autouse=True)
def rules_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are loaded once for all tests."""
    monkeypatch.setattr(rules, "load", lambda _: list(shipped()))


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app with a token in its code, outside of any repository."""
    root = tmp_path / "app"
    write(root, {"pyproject.toml": "", "app.py": f'login(token="{OLD}")\n', ".gitignore": ".env\n"})
    return root


class Hub:
    """The Hub, as far as tokens go."""

    def __init__(self, *live: str, role: str = "read", revokes: bool = True) -> None:
        self.live, self._role, self._revokes = {*live}, role, revokes
        self.revocations = 0

    def __call__(self, received: Received) -> Reply:
        """Its answer to a request."""
        if received.target == REVOKE:
            self.revocations += 1
            if self._revokes:
                self.live -= {*json.loads(received.body)["credentials"]}
            return reply(202)
        value = received.headers.get("authorization", "").removeprefix("Bearer ")
        if value in self.live:
            return reply(200, {"name": "me", "auth": {"accessToken": {"role": self._role}}})
        return reply(401, {"error": "Invalid user token."})


class Asked:
    """The consents that were asked for, and what they got."""

    def __init__(self, answer: Callable[[Consent], bool] = lambda _: True) -> None:
        self.consents: list[Consent] = []
        self.told: list[Exchange] = []
        self._answer = answer

    def __call__(self, one: Consent) -> bool:
        """The user's answer."""
        self.consents.append(one)
        return self._answer(one)

    @property
    def proven(self) -> list[list[str]]:
        """The verdicts, by exchange."""
        return [[answer.proven.value for answer in exchange.answers] for exchange in self.told]


def ask(
    root: Path,
    authority: Authority,
    providers: Providers,
    asked: Asked | None = None,
    *,
    verify: bool = False,
    revoke: bool = False,
    environment: Mapping[str, str] = {},
    today: str = TODAY,
    **options: Any,
) -> tuple[RotationPlan, Asked]:
    """One run, in which the user consents to all unless `asked` says otherwise."""
    asked = asked or Asked()
    http = client(authority, providers, {})
    slept: list[float] = []
    inquiry = network.Inquiry(
        verify,
        revoke,
        environment,
        http,
        ProviderApi(http, sleep=slept.append),
        asked,
        asked.told.append,
        slept.append,
    )
    plan, found = network.ask(request(root), KNOWN, RotationOptions(today=today, **options), inquiry)
    assert found == asked.told
    return plan, asked


def request(root: Path) -> Request:
    """A request for a project."""
    return Request((str(root),), lambda _, __: Settings(), str(root), jobs=1)


def targets(providers: Providers) -> list[tuple[str, str]]:
    """What was asked: method and target."""
    return [(received.method, received.target) for received in providers.received]


def step(plan: RotationPlan, name: str) -> Any:
    """A step of the only exposed credential."""
    (one,) = exposed(plan)
    return next(step for step in one.steps if step.id == name)


# The afternoon


@pytest.fixture
def replaced(tmp_path: Path) -> Path:
    """An app whose token is only in its history: it was moved to `.env`, and replaced there."""
    root = repository(tmp_path / "r", {".gitignore": ".env\n.unspill\n", "app.py": f'login(token="{OLD}")\n'})
    commit(root, {"app.py": 'login(token=os.environ["HF_TOKEN"])\n'})
    write(root, {".env": f"HF_TOKEN={OLD}\n"})
    plan_of(root)
    write(root, {".env": f"HF_TOKEN={NEW}\n"})
    return root


@needs_git
def test_from_exposed_to_refused(replaced: Path, authority: Authority, providers: Providers) -> None:
    """The whole way: each answer of the provider moves the ledger on, and at the end nothing is left."""
    providers.answers = hub = Hub(OLD, NEW)
    (one,) = exposed(plan_of(replaced))
    assert one.state == "exposed"
    (one,) = exposed(plan_of(replaced, done=((one.id, "set"), (one.id, "restart"))))
    assert one.state == "replaced"
    plan, asked = ask(replaced, authority, providers, verify=True)
    assert [(consent.is_new, consent.kind) for consent in asked.consents] == [(True, "verify"), (False, "verify")]
    assert asked.proven == [["live"], ["live"]]
    assert exposed(plan)[0].state == "verified"
    plan, asked = ask(replaced, authority, providers, revoke=True)
    assert asked.consents[0].undone == ()
    assert asked.proven == [["live", "accepted", "dead"]]
    assert (exposed(plan)[0].state, hub.revocations, plan.left) == ("refused", 1, 0)
    assert (NEW in hub.live, plan_of(replaced).left) == (True, 0)


def test_what_is_dead_already_is_not_revoked(app: Path, authority: Authority, providers: Providers) -> None:
    """The first answer ends it; the next run does not ask again."""
    providers.answers = hub = Hub()
    plan, asked = ask(app, authority, providers, revoke=True)
    assert asked.proven == [["dead"]]
    assert (exposed(plan)[0].state, hub.revocations) == ("refused", 0)
    _, asked = ask(app, authority, providers, revoke=True)
    assert (asked.consents, asked.told) == ([], [])


def test_accepted_is_not_revoked(app: Path, authority: Authority, providers: Providers) -> None:
    """As long as the provider still accepts it, the plan says so; it is not sent again, and a later run proves it."""
    providers.answers = hub = Hub(OLD, revokes=False)
    plan, asked = ask(app, authority, providers, revoke=True)
    assert asked.proven == [["live", "accepted", "live"]]
    assert exposed(plan)[0].state == "exposed"
    assert step(plan, "revoke").text.endswith(f"Its revocation was accepted on {TODAY}, and is not proven yet.")
    assert len(providers.received) == 5
    _, asked = ask(app, authority, providers, revoke=True, today=LATER)
    assert (asked.consents[0].sent, asked.consents[0].is_revocation) == (TODAY, False)
    assert (asked.proven, hub.revocations) == ([["live"]], 1)
    hub.live.clear()
    plan, asked = ask(app, authority, providers, revoke=True, today=LATER)
    assert (asked.proven, hub.revocations) == ([["dead"]], 1)
    assert exposed(plan)[0].state == "refused"


@needs_git
def test_both_in_one_run(replaced: Path, authority: Authority, providers: Providers) -> None:
    """What the first answers prove counts for what is revoked after them."""
    providers.answers = hub = Hub(OLD, NEW)
    (one,) = exposed(plan_of(replaced))
    plan_of(replaced, done=((one.id, "set"), (one.id, "restart")))
    plan, asked = ask(replaced, authority, providers, verify=True, revoke=True)
    assert asked.proven == [["live"], ["live"], ["live", "accepted", "dead"]]
    assert (asked.consents[2].undone, asked.consents[2].account) == ((), "me")
    assert (plan.left, hub.revocations) == (0, 1)


@needs_git
def test_facts_count_more_than_ticks(replaced: Path, authority: Authority, providers: Providers) -> None:
    """A value that is live is not revoked, whoever ticked that; a new one that is refused is not verified."""
    (one,) = exposed(plan_of(replaced))
    assert plan_of(replaced, done=((one.id, "all"),)).left == 0
    providers.answers = Hub(OLD)
    plan, _ = ask(replaced, authority, providers, verify=True)
    assert left(exposed(plan)[0]) == ["verify", "revoke", "prove"]


@needs_git
def test_a_value_that_follows_the_verified_one_is_not_verified(
    replaced: Path, authority: Authority, providers: Providers
) -> None:
    """The proof is for the value that was asked about."""
    providers.answers = Hub(OLD, NEW)
    plan, _ = ask(replaced, authority, providers, verify=True)
    assert "verify" not in left(exposed(plan)[0])
    write(replaced, {".env": f"HF_TOKEN={token(3)}\n"})
    assert "verify" in left(exposed(plan_of(replaced))[0])


@needs_git
def test_a_value_that_only_the_history_has(tmp_path: Path, authority: Authority, providers: Providers) -> None:
    """It is asked about as well; one that is nowhere any more cannot be."""
    root = repository(tmp_path / "r", {".gitignore": ".unspill\n", "a.py": f'HF_TOKEN = "{OLD}"\n'})
    commit(root, {"a.py": ""})
    providers.answers = Hub(OLD)
    _, asked = ask(root, authority, providers, verify=True)
    assert asked.proven == [["live"]]
    shutil.rmtree(root / ".git")
    _, asked = ask(root, authority, providers, verify=True)
    assert [exchange.obstacle for exchange in asked.told] == ["its value is neither in the files nor in the history"]
    assert len(providers.received) == 1


# Consents


def test_without_a_consent_nothing_is_sent(app: Path, authority: Authority, providers: Providers) -> None:
    """Each value is asked about, and a no connects to nothing and changes nothing."""
    plan_of(app)
    before = (app / ledger.FILE).read_bytes()
    _, asked = ask(app, authority, providers, Asked(lambda _: False), verify=True, revoke=True)
    assert [consent.kind for consent in asked.consents] == ["verify", "revoke"]
    assert (asked.proven, providers.received) == ([[], []], [])
    assert (app / ledger.FILE).read_bytes() == before


def test_a_consent_to_one_is_none_to_another(app: Path, authority: Authority, providers: Providers) -> None:
    """Only the value that was agreed to leaves."""
    write(app, {"b.py": f'x = "{NEW}"\n'})
    agreed: list[str] = []

    def first(one: Consent) -> bool:
        agreed.append(one.id)
        return len(agreed) == 1

    ask(app, authority, providers, Asked(first), verify=True)
    assert len(agreed) == 2
    (received,) = providers.received
    assert (OLD in received.text) != (NEW in received.text)


def lines(one: Consent) -> str:
    """What the user reads."""
    return "\n".join(consent.described(one))


def test_what_a_consent_says(app: Path, authority: Authority, providers: Providers) -> None:
    """Host, account, what is sent and what will happen, and what is not done yet; no value."""
    providers.answers = Hub(OLD, role="write")
    _, asked = ask(app, authority, providers, verify=True, revoke=True)
    verify, revoke = map(lines, asked.consents)
    id_ = asked.consents[0].id
    assert verify == (
        f"\n{id_}  Hugging Face user access token (HF_TOKEN): the exposed value\n"
        "  Asks whether it is live: GET https://huggingface.co/api/whoami-v2\n"
        "  Sends its value to huggingface.co."
    )
    assert revoke == (
        f"\n{id_}  Hugging Face user access token (HF_TOKEN): the exposed value\n"
        "  Asks whether it is live: GET https://huggingface.co/api/whoami-v2\n"
        "  Revokes it: POST https://huggingface.co/api/credentials/revoke\n"
        "  Asks until it is refused: GET https://huggingface.co/api/whoami-v2\n"
        "  Sends its value to huggingface.co.\n"
        "  Account: me.\n"
        "  This cannot be undone.\n"
        "  Not done yet: clean, create, set, restart, verify. What still uses it stops working."
    )
    told = ["\n".join(consent.told(exchange)) for exchange in asked.told]
    live = (
        "  live: huggingface.co accepts it (200). Account me, role write. More than most programs need: write; "
        "create one that may do less."
    )
    accepted = "  accepted: huggingface.co has taken the request (202), which does not prove that it is revoked."
    assert told == [
        live,
        f"{live}\n{accepted}\n  dead: huggingface.co refuses it (401).",
    ]


def test_when_revoking_first_nothing_is_undone(app: Path, authority: Authority, providers: Providers) -> None:
    """With --abuse the revocation is the first step."""
    _, asked = ask(app, authority, providers, Asked(lambda _: False), revoke=True, abuse=True)
    assert asked.consents[0].undone == ()


TELEGRAM = made("[1-9][0-9]{9}:AA[A-Za-z0-9_-]{32}[A-Za-z0-9]")


def test_a_value_in_an_address(app: Path, authority: Authority, providers: Providers) -> None:
    """The consent says that it is part of the address, and shows none."""
    write(app, {"app.py": f'bot = telebot.TeleBot("{TELEGRAM}")\n'})
    providers.answers = lambda _: reply(200, {"ok": True, "result": {"username": "mybot"}})
    _, asked = ask(app, authority, providers, verify=True)
    (one,) = asked.consents
    assert one.is_in_address
    assert "GET https://api.telegram.org/bot<value>/getMe" in lines(one)
    assert "The value is part of the address, which servers and proxies may log" in lines(one)
    assert asked.told[0].answers[0].shown == (("account", "mybot"),)
    assert providers.received[0].target == f"/bot{TELEGRAM}/getMe"


def some(**changes: Any) -> Consent:
    """A consent to verify a token."""
    rule = next(rule for rule in shipped() if rule.id == "huggingface-user-token")
    assert rule.verify is not None
    plain = Consent(
        "verify", "12345678", rule.id, rule.name, (), False, (rule.verify,), ("huggingface.co",), "", "", ""
    )
    return plain._replace(**changes)


class Terminal:
    """Standard input with these lines."""

    def __init__(self, *said: str) -> None:
        self._said = list(said)

    def readline(self) -> str:
        """The next line; empty at the end."""
        return self._said.pop(0) if self._said else ""

    def fileno(self) -> int:
        """As a stream in memory has it."""
        raise UnsupportedOperation


@pytest.mark.parametrize(
    ("said", "is_agreed"),
    [("y\n", True), ("YES\n", True), (" y \n", True), ("\n", False), ("n\n", False), ("yup\n", False), ("", False)],
)
def test_no_is_the_default(monkeypatch: pytest.MonkeyPatch, said: str, *, is_agreed: bool) -> None:
    """Only y and yes are a yes; the end of input is a no."""
    monkeypatch.setattr("sys.stdin", Terminal(said))
    assert consent.Consents((), (), is_terminal=True)(some()) == is_agreed


@pytest.mark.parametrize(
    ("said", "is_agreed"), [(("y\n", "y\n"), True), (("y\n", "n\n"), False), (("n\n", "y\n"), False)]
)
def test_an_address_is_asked_about_apart(
    monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...], *, is_agreed: bool
) -> None:
    """It takes two yeses."""
    monkeypatch.setattr("sys.stdin", Terminal(*said))
    rule = next(rule for rule in shipped() if rule.id == "telegram-bot-token")
    assert consent.Consents((), (), is_terminal=True)(some(requests=(rule.verify,))) == is_agreed


TELEGRAM_RULE = next(rule for rule in shipped() if rule.id == "telegram-bot-token")
HF_RULE = next(rule for rule in shipped() if rule.id == "huggingface-user-token")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "yes (--yes)"),
        ({"rule": "gitlab-pat"}, "not sent: no terminal to ask on, and no --yes for its rule"),
        ({"requests": (TELEGRAM_RULE.verify,)}, "not sent: a value in an address is asked about apart, on a terminal"),
        (
            {"foreign": "GITLAB_HOST", "hosts": ("git.corp.example",)},
            "not sent: no host that unspill knows; if it is right, add --allow-host git.corp.example",
        ),
        ({"foreign": "GITLAB_HOST", "hosts": ("git.allowed.example",)}, "yes (--yes)"),
        ({"foreign": "GITLAB_HOST", "hosts": ("git.allowed.example:8443",)}, "yes (--yes)"),
        (
            {"requests": (HF_RULE.revocation,), "undone": ("set", "restart")},
            "not sent: set, restart not done; do that first, or use --abuse",
        ),
        ({"requests": (HF_RULE.revocation,)}, "yes (--yes)"),
    ],
)
def test_what_a_flag_consents_to(capsys: pytest.CaptureFixture[str], changes: dict[str, Any], told: str) -> None:
    """--yes RULE consents for its values, and not to what only a person can decide."""
    consents = consent.Consents({"huggingface-user-token"}, {"git.allowed.example"}, is_terminal=False)
    assert consents(some(**changes)) == (told == "yes (--yes)")
    assert capsys.readouterr().err.splitlines()[-1] == f"  {told}"


@pytest.mark.parametrize(
    ("yes", "flags", "is_terminal", "told"),
    [
        ([], {"verify": True}, False, "--verify: no terminal to ask on; name the rule to consent to with --yes RULE"),
        ([], {"verify": True, "revoke": True}, False, "--verify and --revoke: no terminal to ask on"),
        (["gitlab-pat"], {"verify": True, "revoke": True}, True, "--yes consents to one of --verify and --revoke"),
        (["gitlab-pta"], {"verify": True}, True, "--yes: unknown rule 'gitlab-pta'; did you mean gitlab-pat"),
        (["openai-project-key"], {"revoke": True}, True, "--yes: openai-project-key: no documented request can revoke"),
        (["wandb-api-key"], {"verify": True}, True, "--yes: wandb-api-key: no documented request can verify it"),
    ],
)
def test_flags_that_do_not_go_together(yes: list[str], flags: dict[str, bool], told: str, *, is_terminal: bool) -> None:
    """The error says what to do."""
    with pytest.raises(UserError) as caught:
        consent.check(KNOWN, yes, is_terminal=is_terminal, **{"verify": False, "revoke": False, **flags})
    assert told.partition("; did")[0] in str(caught.value)


def test_hosts_that_are_allowed() -> None:
    """They may be written as addresses; anything else is an error."""
    assert consent.allowed_hosts(["GitLab.corp", "https://b.example:8443/x"]) == {"gitlab.corp", "b.example"}
    with pytest.raises(UserError, match=r"--allow-host: 'a b' is not a host, such as gitlab\.example\.com"):
        consent.allowed_hosts(["a b"])


# What is sent at most once


class KilledError(Crash):
    """The process was killed at a step of the network."""


@contextmanager
def killed(at: int) -> Iterator[list[int]]:
    """Kill the process before or after it sends something, at step number `at`. Gives the running count."""
    from unspill.net.client import HttpsClient, HttpsConnection

    count = [0]

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            answer: Any = None
            for when in (0, 1):
                count[0] += 1
                if count[0] == at + 1:
                    if when and hasattr(answer, "close"):
                        answer.close()  # as the system does
                    raise KilledError
                if not when:
                    answer = real(*arguments, **options)
            return answer

        return called

    with (
        patch.object(HttpsClient, "connect", dying(HttpsClient.connect)),
        patch.object(HttpsConnection, "send", dying(HttpsConnection.send)),
    ):
        yield count


@contextmanager
def looked_once(app: Path) -> Iterator[None]:
    """The files are looked at once for all runs; each has the ledger as it is then."""
    vault = Vault(KNOWN)
    once = prepare(request(app), RotationOptions(today=TODAY), KNOWN, vault)

    def again(_request: Request, _options: RotationOptions, _known: object, its: Vault) -> Prepared:
        vars(its).update(vars(vault))
        return once._replace(ledger=ledger.load(once.root))

    with patch.object(network, "prepare", again):
        yield


def fresh(app: Path) -> bytes:
    """A ledger with the token and nothing else."""
    book = ledger.load(str(app))
    clean = {id_: one._replace(done={}, sent="", answer="") for id_, one in book.tracked.items()}
    ledger.save(str(app), book._replace(tracked=clean))
    return (app / ledger.FILE).read_bytes()


def test_a_kill_at_any_step_of_the_network(app: Path, authority: Authority, providers: Providers) -> None:
    """Killed before or after each connection and request, and run again to the end: sent at most once, or verified."""
    at, ends, is_killed = 0, set(), True
    with looked_once(app):
        while is_killed:
            fresh(app)
            providers.answers = hub = Hub(OLD)
            is_killed = False
            with killed(at), suppress(KilledError):
                is_killed = True
                ask(app, authority, providers, revoke=True)
                is_killed = False
            for _ in range(2):
                plan, _ = ask(app, authority, providers, revoke=True)
            ends.add((hub.revocations, exposed(plan)[0].state))
            at += 1
    assert at > 8
    # Killed between the intent and the request, it was never sent, and the plan says that the answer is unknown.
    assert ends == {(1, "refused"), (0, "exposed")}


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_kill_at_any_operation_on_files(
    app: Path, authority: Authority, providers: Providers, operation: str
) -> None:
    """Killed wherever the ledger is written, and run again to the end: the revocation was sent at most once."""
    at, is_dead = 0, True
    with looked_once(app):
        while is_dead:
            fresh(app)
            providers.answers = hub = Hub(OLD)
            is_dead = dies(lambda: ask(app, authority, providers, revoke=True), operation, at)
            for _ in range(2):
                plan, _ = ask(app, authority, providers, revoke=True)
            assert (hub.revocations, exposed(plan)[0].state) in ((1, "refused"), (0, "exposed"))
            at += 1
    assert hub.revocations == 1


def test_the_intent_is_on_the_disk_before_the_request(app: Path, authority: Authority, providers: Providers) -> None:
    """When the revocation arrives, the ledger already says so."""
    found: list[str] = []
    hub = Hub(OLD)

    def answers(received: Received) -> Reply:
        if received.target == REVOKE:
            found.extend(one.sent for one in ledger.load(str(app)).tracked.values())
        return hub(received)

    providers.answers = answers
    ask(app, authority, providers, revoke=True)
    assert found == [TODAY]


@pytest.mark.parametrize(
    "worse", [Reply(cut_off=True), reply(500), reply(429, Retry_After="1"), Reply(302), Reply(200, b"<html>")]
)
def test_an_unknown_answer_is_not_followed_by_another_try(
    app: Path, authority: Authority, providers: Providers, worse: Reply
) -> None:
    """Whatever goes wrong with a revocation, it is sent once; taking the tick back is how to be asked again."""
    hub = Hub(OLD)
    providers.answers = lambda received: worse if received.target == REVOKE else hub(received)
    plan, asked = ask(app, authority, providers, revoke=True)
    assert asked.proven == [["live", "unknown"]]
    assert step(plan, "revoke").text.endswith(
        f"Its revocation was sent on {TODAY}, and the answer is unknown: it is not sent again, so verify it."
    )
    ask(app, authority, providers, revoke=True)
    assert targets(providers).count(("POST", REVOKE)) == 1
    (one,) = exposed(plan)
    assert "answer is unknown" not in step(plan_of(app, undone=((one.id, "revoke"),)), "revoke").text
    providers.answers = hub
    plan, asked = ask(app, authority, providers, revoke=True)
    assert asked.proven == [["live", "accepted", "dead"]]


def test_without_a_connection_there_is_no_intent(app: Path, authority: Authority, providers: Providers) -> None:
    """What was certainly not sent can be sent later."""
    providers.answers = hub = Hub(OLD)
    http = client(authority, providers, allowed=())
    asked = Asked()
    inquiry = network.Inquiry(False, True, {}, http, ProviderApi(http), asked, asked.told.append, lambda _: None)
    network.ask(request(app), KNOWN, RotationOptions(today=TODAY), inquiry)
    assert asked.proven == [["unknown", "unknown"]]
    assert asked.told[0].answers[1].reason.endswith("add --allow-host huggingface.co; nothing was sent")
    assert not any(one.sent for one in ledger.load(str(app)).tracked.values())
    ask(app, authority, providers, revoke=True)
    assert hub.revocations == 1


def test_two_runs_at_once_send_one_revocation(app: Path, authority: Authority, providers: Providers) -> None:
    """The one that is later finds the other's intent, and sends nothing."""
    hub = Hub(OLD)
    done: list[int] = []

    def answers(received: Received) -> Reply:
        if not done:
            done.append(1)
            for id_ in ledger.load(str(app)).tracked:
                ledger.update(str(app), id_, lambda one: one._replace(sent=TODAY))
        return hub(received)

    providers.answers = answers
    _, asked = ask(app, authority, providers, revoke=True)
    assert asked.told[0].obstacle == "another run of unspill has sent its revocation meanwhile"
    assert hub.revocations == 0


def test_without_a_ledger_nothing_is_revoked(app: Path, authority: Authority, providers: Providers) -> None:
    """In a folder that cannot be written, values can be verified, and nothing is revoked."""
    providers.answers = Hub(OLD)
    with patch.object(ledger, "save", side_effect=UserError("x: cannot be written")):
        plan, asked = ask(app, authority, providers, verify=True, revoke=True)
    assert asked.proven == [["live"], []]
    assert asked.told[1].obstacle == "nothing is revoked without a ledger: x: cannot be written"
    assert plan.unsaved
    assert targets(providers) == [("GET", WHOAMI)]


def test_a_ledger_that_fails_ends_the_run_before_the_request(
    app: Path, authority: Authority, providers: Providers
) -> None:
    """If the intent cannot be written, the revocation is not sent."""
    plan_of(app)
    providers.answers = hub = Hub(OLD)
    with (
        patch.object(ledger, "update", side_effect=[True, UserError("disk full")]),
        pytest.raises(UserError, match="disk full"),
    ):
        ask(app, authority, providers, revoke=True)
    assert hub.revocations == 0


def test_what_cannot_be_revoked_has_a_page(app: Path, authority: Authority, providers: Providers) -> None:
    """No administrator's credential is asked for: the page is named."""
    write(app, {"app.py": f'key = "{made("gsk_[A-Za-z0-9]{20}WGdyb3FY[A-Za-z0-9]{24}")}"\n'})
    _, asked = ask(app, authority, providers, revoke=True)
    assert [exchange.obstacle for exchange in asked.told] == [
        "no documented request revokes it with nothing but itself; revoke it manually: https://console.groq.com/keys"
    ]
    assert "\n".join(consent.told(asked.told[0])).endswith("https://console.groq.com/keys")
    assert (asked.consents, providers.received) == ([], [])


def test_what_has_no_documented_request_is_never_sent(app: Path, authority: Authority, providers: Providers) -> None:
    """A request of the data without a page that documents it stays on this machine."""
    write(app, {"app.py": f'WANDB_API_KEY = "{made("wandb_v1_[A-Za-z0-9]{64}")}"\n'})
    _, asked = ask(app, authority, providers, verify=True)
    assert [exchange.obstacle for exchange in asked.told] == ["no documented request tells whether it is live"]
    assert (asked.consents, providers.received) == ([], [])


# Hosts


def gitlab(received: Received) -> Reply:
    """GitLab, on each host with the same tokens."""
    del received
    return reply(200, {"name": "ci", "scopes": ["api"], "expires_at": None})


@pytest.mark.parametrize(
    ("files", "environment", "host", "foreign"),
    [
        ({}, {}, "gitlab.com", ""),
        ({".env": "GITLAB_HOST=https://gitlab.corp.example/\n"}, {}, "gitlab.corp.example", "GITLAB_HOST"),
        ({".env": "GITLAB_HOST=gitlab.com\n"}, {}, "gitlab.com", ""),
        ({".env.example": "CI_SERVER_URL=https://gitlab.corp.example\n"}, {}, "gitlab.corp.example", "CI_SERVER_URL"),
        (
            {".env": "GITLAB_HOST=x.example\n"},
            {"GITLAB_HOST": "gitlab.corp.example"},
            "gitlab.corp.example",
            "GITLAB_HOST",
        ),
    ],
)
def test_the_host_is_the_rules_or_named_by_the_project(
    app: Path,
    authority: Authority,
    providers: Providers,
    *,
    files: dict[str, str],
    environment: dict[str, str],
    host: str,
    foreign: str,
) -> None:
    """The consent says who names it; the value goes nowhere else."""
    write(app, {"app.py": f'gl = "{GITLAB}"\n', **files})
    providers.answers = gitlab
    _, asked = ask(app, authority, providers, verify=True, environment=environment)
    assert (asked.consents[0].hosts, asked.consents[0].foreign) == ((host,), foreign)
    assert [received.host for received in providers.received] == [host]
    assert (f"{host} is no host that unspill knows; {foreign} names it" in lines(asked.consents[0])) == bool(foreign)
    assert asked.told[0].answers[0].broad == ("api",)


@pytest.mark.parametrize(("said", "is_agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_another_host_is_asked_about_by_name(
    said: str, is_agreed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A yes to sending is not enough where the host is not one that unspill knows."""
    monkeypatch.setattr("sys.stdin", Terminal(said, "y\n"))
    agreed = consent.Consents((), (), is_terminal=True)(some(foreign="GITLAB_HOST", hosts=("git.corp.example",)))
    assert (agreed, "Is git.corp.example the right host? [y/N] " in capsys.readouterr().err) == (is_agreed, True)


def test_a_rule_of_another_file_does_not_vouch_for_its_host(
    app: Path, authority: Authority, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a rule file beside unspill's names is confirmed as a host of the project's is."""
    own = [rule._replace(file="/home/me/acme.toml") for rule in shipped()]
    known = {name: rule for rule in own for name in rule.ids}
    monkeypatch.setattr("tests.net.test_rotate.KNOWN", known)
    _, asked = ask(app, authority, providers, Asked(lambda _: False), verify=True)
    assert [one.foreign for one in asked.consents] == ["/home/me/acme.toml"]
    assert "huggingface.co is no host that unspill knows; /home/me/acme.toml names it" in lines(asked.consents[0])


def test_the_host_of_a_revocation_is_asked_about_as_well(
    app: Path, authority: Authority, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the question whether it is live goes to a host that is known."""
    rule = KNOWN["huggingface-user-token"]
    assert rule.revocation is not None
    elsewhere = rule.revocation._replace(url="https://{host}/revoke", host_env=("ACME_HOST",))
    monkeypatch.setitem(KNOWN, rule.id, rule._replace(revocation=elsewhere))
    environment = {"ACME_HOST": "gitlab.corp.example"}
    _, asked = ask(app, authority, providers, Asked(lambda _: False), revoke=True, environment=environment)
    assert [one.foreign for one in asked.consents] == ["ACME_HOST"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GITLAB_HOST=http://gitlab.corp.example\n", "GITLAB_HOST names no host, or several"),
        ("GITLAB_HOST=https://user:x@gitlab.corp.example\n", "GITLAB_HOST names no host, or several"),
    ],
)
def test_a_host_that_cannot_be_asked(
    app: Path, authority: Authority, providers: Providers, text: str, told: str
) -> None:
    """Without https, or with a password in it, an address is not used."""
    write(app, {"app.py": f'gl = "{GITLAB}"\n', ".env": text})
    _, asked = ask(app, authority, providers, verify=True)
    gl = next(exchange for exchange in asked.told if "GitLab" in exchange.title)
    assert gl.obstacle.startswith(told)
    assert providers.received == []


def test_a_refusal_by_one_of_many_possible_hosts(app: Path, authority: Authority, providers: Providers) -> None:
    """The token may be of a server that nobody has named: gitlab.com does not prove it dead."""
    write(app, {"app.py": f'gl = "{GITLAB}"\n'})
    providers.answers = lambda _: reply(401)
    _, asked = ask(app, authority, providers, verify=True)
    assert asked.told[0].answers[0].reason == (
        "gitlab.com refuses it (401), but it may belong to another host: set GITLAB_HOST or CI_SERVER_URL"
    )
    _, asked = ask(app, authority, providers, verify=True, environment={"GITLAB_HOST": "gitlab.com"})
    assert asked.proven == [["dead"]]


def test_a_revocation_that_its_answer_proves(app: Path, authority: Authority, providers: Providers) -> None:
    """GitLab says that it is revoked; the proof that it is refused comes on top."""
    write(app, {"app.py": f'gl = "{GITLAB}"\n'})
    gone: list[int] = []

    def answers(received: Received) -> Reply:
        if received.method == "DELETE":
            gone.append(1)
            return Reply(204, b"", ())
        return reply(401) if gone else gitlab(received)

    providers.answers = answers
    plan, asked = ask(app, authority, providers, revoke=True, environment={"GITLAB_HOST": "gitlab.com"})
    assert asked.proven == [["live", "revoked", "dead"]]
    assert exposed(plan)[0].state == "refused"


SLACK = made("xoxb-[0-9]{12}-[0-9]{12}-[A-Za-z0-9]{24}")


def test_where_a_new_one_ends_the_old_one(app: Path, authority: Authority, providers: Providers) -> None:
    """There is no step to revoke it: the intent is told at that of the proof, and undone there."""
    write(app, {"app.py": f'SLACK_BOT_TOKEN = "{SLACK}"\n'})
    providers.answers = lambda received: reply(500 if "revoke" in received.target else 200, {"ok": True})
    plan, asked = ask(app, authority, providers, revoke=True)
    assert asked.consents[0].undone == ("clean", "create", "set", "restart", "verify")
    assert asked.proven == [["live", "unknown"]]
    assert step(plan, "prove").text.endswith("it is not sent again, so verify it.")
    (one,) = exposed(plan)
    assert not step(plan_of(app, undone=((one.id, "prove"),)), "prove").text.endswith("so verify it.")
    gone: list[int] = []

    def answers(received: Received) -> Reply:
        if "revoke" in received.target:
            gone.append(1)
            return reply(200, {"ok": True, "revoked": True})
        return reply(200, {"ok": False, "error": "token_revoked"} if gone else {"ok": True, "user": "bot"})

    providers.answers = answers
    plan, asked = ask(app, authority, providers, revoke=True, abuse=True)
    assert asked.consents[0].undone == ()
    assert asked.proven == [["live", "revoked", "dead"]]
    assert exposed(plan)[0].state == "refused"


# Pairs


AWS_ID, AWS_SECRET = made("AKIA[A-Z2-7]{16}"), made("[A-Za-z0-9+/]{40}")


def test_a_pair_is_sent_together_or_not(app: Path, authority: Authority, providers: Providers) -> None:
    """The key id is that of the same files; the secret itself is never sent, only a signature."""
    pair = f"AWS_ACCESS_KEY_ID={AWS_ID}\nAWS_SECRET_ACCESS_KEY={AWS_SECRET}\n"
    write(app, {"app.py": "", "deploy.sh": pair})
    arn = {"GetCallerIdentityResponse": {"GetCallerIdentityResult": {"Arn": "arn:aws:iam::1:user/me"}}}
    providers.answers = lambda _: reply(200, arn)
    _, asked = ask(app, authority, providers, verify=True)
    assert len(asked.consents) == 1
    assert "Signs with its value, and sends only that" in lines(asked.consents[0])
    (received,) = providers.received
    assert AWS_ID in received.text
    assert AWS_SECRET not in received.text
    assert asked.told[-1].answers[0].shown == (("account", "arn:aws:iam::1:user/me"),)


@pytest.mark.parametrize(("place", "proven"), [("deploy.sh", "dead"), ("notes.sh", "unknown")])
def test_a_partner_from_another_file_proves_nothing_dead(
    app: Path, authority: Authority, providers: Providers, place: str, proven: str
) -> None:
    """The only key id of the project may be that of another secret, which was deleted long ago."""
    parts = {"deploy.sh": f"AWS_SECRET_ACCESS_KEY={AWS_SECRET}\n", "notes.sh": ""}
    parts[place] += f"AWS_ACCESS_KEY_ID={AWS_ID}\n"
    write(app, {"app.py": "", **parts})
    providers.answers = lambda _: reply(403, {"Error": {"Code": "InvalidClientTokenId"}})
    _, asked = ask(app, authority, providers, verify=True)
    (answer,) = asked.told[-1].answers
    assert (answer.proven.value, "but it may belong to another aws-access-key-id" in answer.reason) == (
        proven,
        proven == "unknown",
    )


def test_a_choice_of_partners_is_not_made(app: Path, authority: Authority, providers: Providers) -> None:
    """With a wrong partner a live secret would look dead: nothing is sent."""
    other = made("AKIA[A-Z2-7]{16}", 5)
    pair = f"AWS_ACCESS_KEY_ID={AWS_ID}\nOTHER_ID={other}\nAWS_SECRET_ACCESS_KEY={AWS_SECRET}\n"
    write(app, {"app.py": "", "deploy.sh": pair})
    _, asked = ask(app, authority, providers, verify=True)
    told = [exchange.obstacle for exchange in asked.told]
    assert "it is used together with one aws-access-key-id, and there is none, or a choice of several" in told
    assert providers.received == []


# Where values go


def test_a_value_goes_to_its_own_provider_only(app: Path, authority: Authority, providers: Providers) -> None:
    """Many values in one project: each request has its own, no output has any, and neither has the process list."""
    groq, telegram = made("gsk_[A-Za-z0-9]{20}WGdyb3FY[A-Za-z0-9]{24}"), TELEGRAM
    openai = made("sk-proj-[A-Za-z0-9]{74}T3BlbkFJ[A-Za-z0-9]{74}")
    github = made("github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}")
    values = {
        "huggingface.co": OLD,
        "api.groq.com": groq,
        "api.telegram.org": telegram,
        "api.openai.com": openai,
        "gitlab.com": GITLAB,
        "api.github.com": github,
    }
    write(app, {"app.py": "".join(f'x{at} = "{value}"\n' for at, value in enumerate(values.values()))})
    processes: list[str] = []

    def answers(received: Received) -> Reply:
        if os.path.isdir("/proc"):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    processes.append(path.read_text(errors="replace"))
                except OSError:
                    continue
        return reply(200, {"ok": True, "name": f"{received.text}", "login": received.text})

    providers.answers = answers
    plan, asked = ask(app, authority, providers, verify=True, revoke=True)
    hosts = {received.host for received in providers.received}
    assert hosts >= set(values) - {"api.github.com"}
    pieces = {host: windows(value) for host, value in values.items()}
    for received in providers.received:
        for host, some_of in pieces.items():
            if host != received.host:
                assert not windows(received.text) & some_of - windows(values[received.host]), (received.host, host)
    shown = [
        *(line for one in asked.consents for line in consent.described(one)),
        *(line for exchange in asked.told for line in consent.told(exchange)),
        json.dumps([consent.content(exchange) for exchange in asked.told]),
        repr(asked.told),
        repr(asked.consents),
        repr(plan),
        *rotation.text(plan),
        *(path.read_text() for path in (app / ".unspill").iterdir()),
        *processes,
    ]
    random = {piece for value in values.values() for piece in windows(value[-24:])}
    assert [text for text in shown if windows(text) & random] == []


@needs_git
def test_values_of_the_history_do_not_come_without_being_asked_for(
    tmp_path: Path, authority: Authority, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan without --verify keeps none: the process that reads the history sends fingerprints only."""
    root = repository(tmp_path / "r", {".gitignore": ".unspill\n", "a.py": f'HF_TOKEN = "{OLD}"\n'})
    commit(root, {"a.py": ""})
    git(root, "status")
    came: list[Any] = []

    def isolated(work: Callable[[], Any], crashed: Callable[[str], Any]) -> Any:
        came.append(isolation.isolated(work, crashed))
        return came[-1]

    monkeypatch.setattr(seen, "isolated", isolated)
    plan_of(root)
    assert came[0].held == ()
    ask(root, authority, providers, Asked(lambda _: False), verify=True)
    assert [(one.rule, one.value) for one in came[1].held] == [("huggingface-user-token", OLD)]
    assert OLD not in repr(came[1])


def test_json_has_the_answers(app: Path, authority: Authority, providers: Providers) -> None:
    """What was proven, by whom, and why not: as the schema says."""
    providers.answers = Hub(OLD, role="write")
    plan, asked = ask(app, authority, providers, verify=True, revoke=True)
    content = rotation.content(plan, [consent.content(exchange) for exchange in asked.told])
    from jsonschema import Draft202012Validator

    schema = json.loads((Path(rotation.__file__).parents[1] / "schemas" / "rotate.json").read_text())
    Draft202012Validator(schema).validate(json.loads(json.dumps(content)))
    first = content["requests"][0]
    assert re.fullmatch("[0-9a-f]{8}", first["id"])
    assert first["answers"][0] == {
        "proven": Proven.LIVE.value,
        "host": "huggingface.co",
        "status": 200,
        "reason": None,
        "shown": {"account": "me", "role": "write"},
        "broad": ["write"],
    }


def test_another_run_forgets_what_is_gone(app: Path, authority: Authority, providers: Providers) -> None:
    """While a question is open, somebody empties `.env` and runs `unspill rotate`: this run knows what it has seen."""
    first, second = token(11), token(12)
    write(app, {".env": f"HF_TOKEN={OLD}\nOTHER_TOKEN={first}\n", "b.py": f'login(token="{first}")\n'})
    plan_of(app)
    write(app, {".env": f"HF_TOKEN={NEW}\nOTHER_TOKEN={second}\n"})
    providers.answers = Hub(OLD, NEW, first, second)

    def answer(_: Consent) -> bool:
        write(app, {".env": ""})
        plan_of(app)
        return True

    _, asked = ask(app, authority, providers, Asked(answer), verify=True)
    assert [one.is_new for one in asked.told] == [True, False, True, False]
    assert asked.proven == [["live"]] * 4
