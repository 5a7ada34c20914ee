"""The steps that replace a credential, in the order that its overlap class needs.

The usual order is that of a replacement without an outage: the new one works before the old one ends. It is revoked
first where that costs little, or where somebody uses it already.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from unspill.model import revoking

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from unspill.app.rotation.seen import Consumer
    from unspill.contract.permissions import TokenNeeds
    from unspill.providers import Proof, ProviderRequest
    from unspill.rules import Rule

CLEAN, CREATE, SET, RESTART, VERIFY, REVOKE, PROVE, PURGE = STEPS = (
    "clean",
    "create",
    "set",
    "restart",
    "verify",
    "revoke",
    "prove",
    "purge",
)
OPTIONAL = PURGE
_ENDS_THE_OLD = ("one", "family")
"""Classes in which creating a new one revokes the old one."""
CLASSES = {
    "many": "several may be valid at a time: create the new one first, without an outage",
    "two": "two may be valid at a time: use the free slot, without an outage",
    "one": "one is valid at a time: a new one ends the old one at once, so do the steps after it in one sitting",
    "family": "a new one ends the old one and others that belong to it at once, so prepare all that use them",
    "": "unknown whether two may be valid at a time: be prepared to do all steps in one sitting",
}
"""The overlap classes of rules, in words."""
_NOTE_TWO = " (if both slots are taken, delete the one that is not in use first)"
_NOTE_FAMILY = " (others end with it: list who uses them, and replace them in the same sitting)"


class Facts(NamedTuple):
    """What the steps of a credential depend on."""

    rule: Rule | None
    names: Sequence[str]
    places: Sequence[str]
    """The files that it is hardcoded in now."""
    uses: Sequence[Consumer]
    in_history: bool
    is_first: bool
    """Whether to revoke it before it is replaced."""
    needs: TokenNeeds | None = None
    """What the new one has to be able to do, if that is known."""


def overlap(rule: Rule | None) -> str:
    """The overlap class of a rule's credentials; empty if unknown."""
    return rule.overlap if rule is not None else ""


def order(facts: Facts) -> list[str]:
    """The ids of the steps, in order."""
    ends_the_old = overlap(facts.rule) in _ENDS_THE_OLD
    if not facts.is_first:
        found = [step for step in STEPS if not (step == REVOKE and ends_the_old)]
    elif ends_the_old:
        found = [CREATE, PROVE, CLEAN, SET, RESTART, VERIFY, PURGE]
    else:
        found = [REVOKE, PROVE, CLEAN, CREATE, SET, RESTART, VERIFY, PURGE]
    return [step for step in found if step != PURGE or facts.in_history]


def ending(having: Sequence[str]) -> str:
    """The step of some, in order, at which the old one ends: where a new one ends it, that of the proof."""
    return REVOKE if REVOKE in having else PROVE


def sent(day: str, answer: str) -> str:
    """What is known of a revocation that was sent, as a sentence after the step's own."""
    if answer:
        known = "accepted" if answer == "accepted" else "confirmed"
        return f"Its revocation was {known} on {day}, and is not proven yet."
    return f"Its revocation was sent on {day}, and the answer is unknown: it is not sent again, so verify it."


def text(step: str, facts: Facts) -> str:
    """What to do in a step, as a sentence. It holds no value."""
    rule = facts.rule
    request = rule.verify if rule is not None else None
    if step == CLEAN:
        if not facts.places:
            return "Not in the files."
        return f"Remove it from {_listed(facts.places)} with `unspill fix`, until `unspill check` is clean."
    if step == CREATE:
        return _create(facts)
    if step == SET:
        return _set(facts)
    if step == RESTART:
        spaces = _of_kind(facts.uses, "space")
        commands = [f"`hf spaces restart {space_id(space)}`" for space in spaces]
        return f"Restart everything that reads it{': ' if commands else ''}{', '.join(commands)}."
    if step == VERIFY:
        if request is None:
            return "Verify that the new one works where it is used."
        return f"Verify{_by(request, '--verify')} that the new one is accepted: {_asked(request, request.live)}."
    if step == REVOKE:
        return _revoke(rule)
    if step == PROVE:
        if request is None or not request.dead:
            return "Prove that the old one is refused, by using it once more."
        return f"Prove{_by(request, '--verify')} that the old one is refused: {_asked(request, request.dead)}."
    return "Purge it from the history once it is dead: see the end of the plan."


def _create(facts: Facts) -> str:
    if facts.needs is not None:
        return f"Create a new one: {facts.needs.link} ({facts.needs.text})."
    kind = overlap(facts.rule)
    page = revoking(facts.rule.create or facts.rule.revoke) if facts.rule is not None else ""
    place = f": {page}" if page else ", where this one is from"
    if kind in _ENDS_THE_OLD:
        note = _NOTE_FAMILY if kind == "family" else ""
        return _sentence(f"Prepare the next steps, then regenerate it, which ends the old one{place}{note}", page)
    return _sentence(f"Create a new one{place}{_NOTE_TWO if kind == 'two' else ''}", page)


def _set(facts: Facts) -> str:
    names = sorted(facts.names)
    shown = ", ".join(names) or "it"
    places = [f"in `.env` as {shown}"]
    words = [shlex.quote(name) for name in names] or ["NAME"]
    places += [f"in the Space: {_set_in_space(space, words)}" for space in _of_kind(facts.uses, "space")]
    if any(use.kind == "workflow" for use in facts.uses):
        read = sorted({use.name for use in facts.uses if use.kind == "workflow"})
        places.append(
            "in the repository's Actions secrets: " + ", ".join(f"`gh secret set {shlex.quote(name)}`" for name in read)
        )
    if any(use.kind == "pipeline" for use in facts.uses):
        read = sorted({use.name for use in facts.uses if use.kind == "pipeline"})
        places.append(f"in the project's CI/CD variables: {', '.join(read)}")
    return f"Set the new value {'; '.join(places)}; and wherever else the old one is in use."


def _set_in_space(space: str, names: Sequence[str]) -> str:
    """The commands that set names in a Space. `push` takes the values from `.env`, of the app in the working folder."""
    by_hand = f"`hf spaces secrets add {space_id(space)} {' '.join(f'-s {name}' for name in names)}`"
    if space.startswith("./"):
        return by_hand
    return (
        f"`unspill secrets push {' '.join(names)} --space {space_id(space)}`, which needs `unspill[hub]`, or {by_hand}"
    )


def _revoke(rule: Rule | None) -> str:
    page = revoking(rule.revoke) if rule is not None and rule.revoke else ""
    told = f"Revoke the old one{': ' if page else ', where it is from'}{page}"
    if rule is not None and rule.revocation is not None:
        request = rule.revocation
        end = "" if request.revoked else "; accepted is not yet revoked"
        by = _by(request, "--revoke")
        told += f" (or{by}{by and ','} with itself: {_address(request)}{end})"
    return _sentence(told, page)


def _by(request: ProviderRequest, flag: str) -> str:
    """The command that sends a request, if any does."""
    return f" with `unspill rotate {flag}`" if request.source else ""


def _sentence(words: str, page: str) -> str:
    """Words with a full stop, unless that would become part of the address at their end."""
    return words if page and words.endswith(page) else f"{words}."


def _asked(request: ProviderRequest, proofs: Iterable[Proof]) -> str:
    return f"{_address(request)} answers {' or '.join(map(_answer, proofs))}"


def _address(request: ProviderRequest) -> str:
    host = request.hosts[0] if request.hosts else "<host>"
    return f"{request.method} {request.url.replace('{host}', host).replace('{secret}', '<value>')}"


def _answer(proof: Proof) -> str:
    details = ", ".join(f"{path} = {str(value).lower()}" for path, value in proof.json)
    return f"{proof.status} ({details})" if details else str(proof.status)


def _of_kind(uses: Iterable[Consumer], kind: str) -> list[str]:
    return sorted({use.where for use in uses if use.kind == kind})


def space_id(space: str) -> str:
    """What commands call a Space, of which only the folder may be known."""
    return "OWNER/NAME" if space.startswith(".") else space


def _listed(places: Sequence[str], most: int = 3) -> str:
    more = len(places) - most
    return ", ".join(place.replace("`", "'") for place in places[:most]) + (f" and {more} more" if more > 0 else "")
