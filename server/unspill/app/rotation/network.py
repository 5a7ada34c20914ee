"""Asking providers about the credentials of a rotation: are they live or dead, and revoke them.

Nothing is sent without a consent to it. Before a revocation is sent, the ledger says so on the disk: whatever happens
then, a later run only verifies what came of it. What an answer proves is kept in the ledger in place of ticks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from unspill import rules
from unspill.app.rotation import ledger, prepare, steps
from unspill.app.rotation.targets import Route, route
from unspill.app.rotation.vault import Vault
from unspill.model import revoking
from unspill.net.hosts import shown
from unspill.net.providers import Proven

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from unspill.app import Request
    from unspill.app.rotation import Prepared
    from unspill.app.rotation.ledger import Tracked
    from unspill.app.rotation.plan import Credential, RotationOptions, RotationPlan
    from unspill.net.client import HttpsClient
    from unspill.net.providers import CredentialRequest, ProviderAnswer, ProviderApi
    from unspill.providers import ProviderRequest
    from unspill.rules import Rule

VERIFY, REVOKE = "verify", "revoke"
_NO_REQUEST = {
    VERIFY: "no documented request tells whether it is live",
    REVOKE: "no documented request revokes it with nothing but itself",
}
_CHECKS = 3
"""How often a credential whose revocation was accepted is verified, until it is refused."""
_PAUSE = 2.0
"""Seconds between these."""


class Consent(NamedTuple):
    """What the user is asked to consent to."""

    kind: str
    """`verify` or `revoke`."""
    id: str
    rule: str
    title: str
    names: tuple[str, ...]
    is_new: bool
    """Whether it is about the value that has replaced the exposed one."""
    requests: tuple[ProviderRequest, ...]
    """What is sent, in order: a revocation is between two verifications, if there is a request for these."""
    hosts: tuple[str, ...]
    foreign: str
    """What names the host, if unspill does not know that one: a variable, or the file of a rule that is not shipped."""
    proxy: str
    """Host and port of the proxy on the way; empty for none."""
    account: str
    """Whose it is, if an answer in this run has told."""
    undone: tuple[str, ...] = ()
    """The steps that come before the revocation and are not done."""
    sent: str = ""
    """The day on which a revocation was sent already; that is not repeated."""

    @property
    def is_revocation(self) -> bool:
        """Whether one of the requests ends the credential."""
        return any(request.revoked or request.accepted for request in self.requests)

    @property
    def is_in_address(self) -> bool:
        """Whether the value is part of an address."""
        return any(request.is_in_address for request in self.requests)


class Exchange(NamedTuple):
    """What came of one credential."""

    kind: str
    id: str
    title: str
    names: tuple[str, ...]
    is_new: bool
    answers: tuple[ProviderAnswer, ...] = ()
    """In order; empty if nothing was sent."""
    obstacle: str = ""
    """Why nothing was sent; empty if the user did not want it."""


class Inquiry(NamedTuple):
    """What the user wants of the network, and how."""

    verify: bool
    revoke: bool
    environment: Mapping[str, str]
    client: HttpsClient
    provider: ProviderApi
    consents: Callable[[Consent], bool]
    tell: Callable[[Exchange], None]
    sleep: Callable[[float], None]


def ask(
    request: Request, known: Mapping[str, Rule], options: RotationOptions, inquiry: Inquiry
) -> tuple[RotationPlan, list[Exchange]]:
    """Ask providers what the user consents to, and return the plan as it is then. Raises UserError."""
    vault = Vault(known)
    prepared = prepare(request, options, known, vault)
    asking = _Asking(prepared, known, vault, inquiry, today=options.today)
    found = []
    for exchange in asking.exchanges():
        inquiry.tell(exchange)
        found.append(exchange)
    return asking.plan(), found


class _Subject(NamedTuple):
    """What is asked about: the value of an exposed credential, or the one that has replaced it."""

    credential: Credential
    owner: str
    """The id of the exposed one."""
    value: str
    """The id of the value."""
    rule: Rule | None

    @property
    def is_new(self) -> bool:
        return self.owner != self.value


class _Asking:
    """The requests of one run."""

    def __init__(
        self, prepared: Prepared, known: Mapping[str, Rule], vault: Vault, inquiry: Inquiry, *, today: str
    ) -> None:
        self._tracked = dict(prepared.ledger.tracked)
        self._prepared, self._known, self._vault, self._inquiry = prepared, known, vault, inquiry
        self._today = today
        self._accounts: dict[str, str] = {}

    def plan(self) -> RotationPlan:
        """The plan with what is known by now."""
        plan = self._prepared.rotation.plan(self._prepared.root, self._tracked)
        return plan._replace(unsaved=self._prepared.plan.unsaved)

    def exchanges(self) -> Iterator[Exchange]:
        """What comes of each credential that has steps."""
        for one, id_ in self._exposed() if self._inquiry.verify else ():
            for value in (*self._prepared.rotation.replacements(id_, self._tracked), id_):
                yield self._verify(self._subject(one, id_, value))
        for one, id_ in self._exposed() if self._inquiry.revoke else ():
            if steps.PROVE not in self._tracked[id_].done:
                yield self._revoke(self._subject(one, id_, id_))

    def _exposed(self) -> list[tuple[Credential, str]]:
        """The credentials that have steps, with their whole ids: the plan shows the beginnings."""
        found = []
        for one in self.plan().credentials:
            ids = [id_ for id_ in self._tracked if id_.startswith(one.id)]
            found += [(one, ids[0])] if one.steps and len(ids) == 1 else []
        return found

    def _subject(self, one: Credential, owner: str, value: str) -> _Subject:
        return _Subject(one, owner, value, self._known.get(self._vault.rule(value) or self._tracked[value].rule))

    def _route(self, subject: _Subject, kind: str) -> Route | str:
        """The way of a request; or why there is none."""
        rule = subject.rule
        request = None if rule is None else rule.verify if kind == VERIFY else rule.revocation
        if request is None or not request.source:
            return _NO_REQUEST[kind]
        return route(request, subject.value, self._vault, self._inquiry.environment)

    # Verifying

    def _verify(self, subject: _Subject) -> Exchange:
        way = self._route(subject, VERIFY)
        if isinstance(way, str):
            return _exchange(VERIFY, subject, obstacle=way)
        if not self._inquiry.consents(self._consent(VERIFY, subject, (way,))):
            return _exchange(VERIFY, subject)
        return _exchange(VERIFY, subject, (self._checked(subject, way.target),))

    def _checked(self, subject: _Subject, target: CredentialRequest) -> ProviderAnswer:
        """The answer to whether a value is live, once the ledger has what it proves."""
        answer = self._inquiry.provider.verify(target)
        self._accounts.update((subject.value, text) for name, text in answer.shown if name == "account")
        if answer.proven is not Proven.UNKNOWN:
            self._update(subject, self._learnt(subject, is_live=answer.proven is Proven.LIVE))
        return answer

    def _learnt(self, subject: _Subject, *, is_live: bool) -> Callable[[Tracked], Tracked]:
        """What an answer changes: it counts more than ticks do."""
        is_proof = is_live == subject.is_new
        proven = (steps.VERIFY,) if subject.is_new else (steps.REVOKE, steps.PROVE)

        def change(one: Tracked) -> Tracked:
            done = {step: day for step, day in one.done.items() if is_proof or step not in proven}
            days = dict.fromkeys(proven, self._today) if is_proof else {}
            verified = (subject.value if is_live else "") if subject.is_new else one.verified
            return one._replace(done={**days, **done}, verified=verified)

        return change

    # Revoking

    def _revoke(self, subject: _Subject) -> Exchange:
        sent = self._tracked[subject.owner].sent
        way, check = self._revocation(subject), self._route(subject, VERIFY)
        checks = () if isinstance(check, str) else (check,)
        if isinstance(way, str):
            return _exchange(REVOKE, subject, obstacle=way)
        if sent and not checks:
            return _exchange(REVOKE, subject, obstacle=f"its revocation was sent on {sent}, and nothing can verify it")
        consent = self._consent(REVOKE, subject, checks if sent else (*checks, way, *checks))
        if not self._inquiry.consents(consent._replace(undone=_undone(subject.credential), sent=sent)):
            return _exchange(REVOKE, subject)
        answers = [self._checked(subject, one.target) for one in checks]
        if sent or any(answer.proven is Proven.DEAD for answer in answers):
            return _exchange(REVOKE, subject, answers)
        answer = self._sent(subject, way.target)
        if answer is None:
            return _exchange(REVOKE, subject, answers, "another run of unspill has sent its revocation meanwhile")
        is_promised = answer.proven is not Proven.UNKNOWN
        after = [self._settled(subject, one.target) for one in checks if is_promised]
        return _exchange(REVOKE, subject, [*answers, answer, *after])

    def _revocation(self, subject: _Subject) -> Route | str:
        """The way of a revocation; or why there is none, and what to do instead."""
        rule, way = subject.rule, self._route(subject, REVOKE)
        if isinstance(way, str):
            page = revoking(rule.revoke) if rule is not None and rule.revoke else ""
            return f"{way}{page and f'; revoke it manually: {page}'}"
        if self._prepared.plan.unsaved:
            return f"nothing is revoked without a ledger: {self._prepared.plan.unsaved}"
        return way if len(way.target.hosts) == 1 else "it is unknown which of the hosts it belongs to"

    def _sent(self, subject: _Subject, target: CredentialRequest) -> ProviderAnswer | None:
        """The answer to the revocation, which is sent once; None if another run has sent it."""

        def begin() -> bool:
            return self._update(subject, lambda one: None if one.sent else one._replace(sent=self._today))

        answer = self._inquiry.provider.revoke(target, begin)
        if answer is not None and answer.proven is not Proven.UNKNOWN:
            done = {steps.REVOKE: self._today} if answer.proven is Proven.REVOKED else {}
            self._update(subject, lambda one: one._replace(answer=answer.proven.value, done={**done, **one.done}))
        return answer

    def _settled(self, subject: _Subject, target: CredentialRequest) -> ProviderAnswer:
        """The answer to whether a value is still live, which may take a moment to become true."""
        for _ in range(_CHECKS):
            answer = self._checked(subject, target)
            if answer.proven is not Proven.LIVE:
                break
            self._inquiry.sleep(_PAUSE)
        return answer

    # What both need

    def _consent(self, kind: str, subject: _Subject, ways: Sequence[Route]) -> Consent:
        one = subject.credential
        places = dict.fromkeys(place for way in ways for place in way.target.hosts)
        proxies = filter(None, (self._inquiry.client.proxy(host) for host, _ in places))
        return Consent(
            kind=kind,
            id=one.id,
            rule=subject.rule.id if subject.rule is not None else "",
            title=one.title,
            names=one.names,
            is_new=subject.is_new,
            requests=tuple(way.target.request for way in ways),
            hosts=tuple(shown(host, port) for host, port in places),
            foreign=next((way.foreign for way in ways if way.foreign), _own_file(subject.rule)),
            proxy=", ".join(dict.fromkeys(map(str, proxies))),
            account=self._accounts.get(subject.value, ""),
        )

    def _update(self, subject: _Subject, change: Callable[[Tracked], Tracked | None]) -> bool:
        """Change what is remembered of an exposed credential, on the disk if that can be; as `ledger.update`."""
        if self._prepared.plan.unsaved:
            changed = change(self._tracked[subject.owner])
            self._tracked[subject.owner] = changed or self._tracked[subject.owner]
            return changed is not None
        is_changed = ledger.update(self._prepared.root, subject.owner, change)
        now = ledger.load(self._prepared.root).tracked
        # Not what another run has written about others: what this one has seen is told of as it was seen.
        self._tracked[subject.owner] = now.get(subject.owner, self._tracked[subject.owner])
        return is_changed


def _exchange(kind: str, subject: _Subject, answers: Iterable[ProviderAnswer] = (), obstacle: str = "") -> Exchange:
    one = subject.credential
    return Exchange(kind, one.id, one.title, one.names, subject.is_new, tuple(answers), obstacle)


def _own_file(rule: Rule | None) -> str:
    """The file of a rule that is not one of unspill's: of those, a wheel has paths that are not absolute."""
    is_shipped = rule is None or rule.file.startswith(rules.CHECKOUT + os.sep) or not os.path.isabs(rule.file)
    return "" if rule is None or is_shipped else rule.file


def _undone(one: Credential) -> tuple[str, ...]:
    """The steps that come before the end of a credential and are not done; none if the user accepts an outage."""
    if one.is_first:
        return ()
    having = [step.id for step in one.steps]
    before = one.steps[: having.index(steps.ending(having))]
    return tuple(step.id for step in before if not step.is_done)
