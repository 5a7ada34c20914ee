"""What the user is asked before anything is sent to a provider, and told of the answers. No value is known here.

Questions go to standard error, and answers are read from standard input: standard output is for the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unspill.cli.terminal import confirms
from unspill.errors import UserError
from unspill.model import sentence
from unspill.net.hosts import location
from unspill.net.providers import Proven
from unspill.output.text import printable
from unspill.project import streams
from unspill.settings import suggestion
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from unspill.app.rotation.network import Consent, Exchange
    from unspill.net.providers import ProviderAnswer
    from unspill.providers import ProviderRequest
    from unspill.rules import Rule

_PROVEN = {
    Proven.LIVE: "live: {} accepts it ({}).",
    Proven.DEAD: "dead: {} refuses it ({}).",
    Proven.REVOKED: "revoked: {} confirms it ({}).",
    Proven.ACCEPTED: "accepted: {} has taken the request ({}), which does not prove that it is revoked.",
}


class Consents:
    """Asks for each credential; the default is no."""

    def __init__(self, yes: Collection[str], allowed: Collection[str], *, is_terminal: bool) -> None:
        """`yes` are the rules that were consented to on the command line, and `allowed` the hosts."""
        self._yes, self._allowed, self._is_terminal = yes, allowed, is_terminal
        self._has_ended = False
        """Whether the input has ended: then all answers are a no."""

    def __call__(self, consent: Consent) -> bool:
        """Whether the user consents."""
        for line in described(consent):
            streams.say(printable(mask_shapes(line)))
        if consent.rule in self._yes:
            reason = self._withheld(consent)
            streams.say(f"  not sent: {printable(reason)}" if reason else "  yes (--yes)")
            return not reason
        if not self._is_terminal:
            streams.say("  not sent: no terminal to ask on, and no --yes for its rule")
            return False
        questions = ["Send the value as part of an address?"] if consent.is_in_address else []
        questions += [f"Is {printable(' and '.join(consent.hosts))} the right host?"] if consent.foreign else []
        return all(map(self._asks, [*questions, "Revoke it?" if consent.is_revocation else "Send?"]))

    def _asks(self, question: str) -> bool:
        """The answer to a question; no is the default."""
        if self._has_ended:
            return False
        answer = confirms(question)
        self._has_ended = answer is None
        return bool(answer)

    def _withheld(self, consent: Consent) -> str:
        """What only a person can consent to; empty if nothing."""
        if consent.is_in_address:
            return "a value in an address is asked about apart, on a terminal"
        foreign = [host for host in map(_host, consent.hosts) if host not in self._allowed] if consent.foreign else ()
        if foreign:
            return f"no host that unspill knows; if it is right, add --allow-host {foreign[0]}"
        if consent.is_revocation and consent.undone:
            return f"{', '.join(consent.undone)} not done; do that first, or use --abuse"
        return ""


def check(known: Mapping[str, Rule], yes: Sequence[str], *, verify: bool, revoke: bool, is_terminal: bool) -> set[str]:
    """The ids of the rules that are consented to. Raises UserError for flags that do not go together."""
    flags = [flag for flag, is_set in (("--verify", verify), ("--revoke", revoke)) if is_set]
    if yes and len(flags) != 1:
        raise UserError("--yes consents to one of --verify and --revoke; use it with one of them")
    if not yes and not is_terminal:
        raise UserError(f"{' and '.join(flags)}: no terminal to ask on; name the rule to consent to with --yes RULE")
    found = set()
    for name in yes:
        rule = known.get(name)
        if rule is None:
            raise UserError(f"--yes: unknown rule {name!r}{suggestion(name, known)}")
        request = rule.verify if verify else rule.revocation
        if request is None or not request.source:
            raise UserError(f"--yes: {name}: no documented request can {flags[0].removeprefix('--')} it")
        found.add(rule.id)
    return found


def allowed_hosts(texts: Iterable[str]) -> set[str]:
    """The hosts that are allowed on the command line, which may be written as URLs. Raises UserError."""
    found = {text: location(text) for text in texts}
    if bad := [text for text, place in found.items() if place is None]:
        raise UserError(f"--allow-host: {bad[0]!r} is not a host, such as gitlab.example.com")
    return {place[0] for place in found.values() if place is not None}


def _host(text: str) -> str:
    """A host without its port."""
    place = location(text)
    return place[0] if place is not None else text


def described(consent: Consent) -> Iterator[str]:
    """A credential, and what is about to happen, as lines."""
    yield ""
    yield _title(consent)
    for number, request in enumerate(consent.requests):
        yield f"  {_purpose(request, is_again=number > 1)}: {_address(request, consent)}"
    hosts = " and ".join(consent.hosts)
    way = f", through the proxy {consent.proxy}" if consent.proxy else ""
    is_signed = all(request.signer for request in consent.requests)
    yield f"  {'Signs with its value, and sends only that' if is_signed else 'Sends its value'} to {hosts}{way}."
    if consent.foreign:
        yield f"  {hosts} is no host that unspill knows; {consent.foreign} names it. Consent only if it is right."
    if consent.account:
        yield f"  Account: {consent.account}."
    if consent.sent:
        yield f"  Its revocation was sent on {consent.sent}, and is not sent again."
    if consent.is_revocation:
        yield "  This cannot be undone."
        if consent.undone:
            yield f"  Not done yet: {', '.join(consent.undone)}. What still uses it stops working."
    if consent.is_in_address:
        yield "  The value is part of the address, which servers and proxies may log: this provider has no other way."


def told(exchange: Exchange) -> Iterator[str]:
    """What came of one credential, as lines."""
    yield from (f"  {_answered(answer)}" for answer in exchange.answers)
    if exchange.obstacle:
        if not exchange.answers:
            yield ""
            yield _title(exchange)
        has_page = exchange.obstacle.rpartition(" ")[2].startswith("https:")
        yield f"  not sent: {exchange.obstacle}{'' if has_page else '.'}"


def content(exchange: Exchange) -> dict[str, Any]:
    """What came of one credential, as JSON values."""
    return {
        "id": exchange.id,
        "kind": exchange.kind,
        "new": exchange.is_new,
        "obstacle": mask_shapes(exchange.obstacle) or None,
        "answers": [
            {
                "proven": answer.proven.value,
                "host": answer.host,
                "status": answer.status or None,
                "reason": mask_shapes(answer.reason) or None,
                "shown": {name: mask_shapes(text) for name, text in answer.shown},
                "broad": [mask_shapes(text) for text in answer.broad],
            }
            for answer in exchange.answers
        ],
    }


def _title(of: Consent | Exchange) -> str:
    names = f" ({', '.join(of.names)})" if of.names else ""
    return f"{of.id}  {of.title}{names}: {'the new value in .env' if of.is_new else 'the exposed value'}"


def _answered(answer: ProviderAnswer) -> str:
    if answer.proven is Proven.UNKNOWN:
        return f"unknown: {answer.reason}."
    text = _PROVEN[answer.proven].format(answer.host, answer.status)
    if answer.shown:
        text += f" {sentence(', '.join(f'{name} {shown}' for name, shown in answer.shown))}"
    if answer.broad:
        text += f" More than most programs need: {', '.join(answer.broad)}; create one that may do less."
    return text


def _purpose(request: ProviderRequest, *, is_again: bool) -> str:
    if request.revoked or request.accepted:
        return "Revokes it"
    return "Asks until it is refused" if is_again else "Asks whether it is live"


def _address(request: ProviderRequest, consent: Consent) -> str:
    url = request.url.replace("{host}", consent.hosts[0])
    return f"{request.method} {url.replace('{secret}', '<value>')}"
