"""What was seen in this run, what is remembered and what the user ticks, put together.

What can be seen decides: the ledger only adds what cannot.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from unspill.app.rotation import online, seen, steps
from unspill.app.rotation.ledger import Exposure, Ledger, Tracked
from unspill.app.rotation.online import was_set_after
from unspill.app.rotation.plan import Credential, ExposedPlace, PlannedStep, RotationPlan
from unspill.contract.permissions import TOKEN
from unspill.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from unspill.app.rotation.plan import RotationOptions
    from unspill.app.rotation.seen import Inventory, Sighting
    from unspill.rules import Rule

UNEXPOSED, EXPOSED, REPLACED, VERIFIED, REVOKED, REFUSED = (
    "unexposed",
    "exposed",
    "replaced",
    "verified",
    "revoked",
    "refused",
)
"""The states of a credential; at the last one the provider has been seen to refuse it."""
ALL = "all"
"""In place of a step: all that can be ticked."""
_SHORTEST = 8
"""Digits of an id that are shown, unless more are needed to tell two apart."""
_NEEDS_NEW_VALUE = (steps.CREATE, steps.SET, steps.RESTART, steps.VERIFY)
"""Steps that are not done as long as `.env` has the old value."""


class Rotation:
    """What is known of a project in this run."""

    def __init__(self, inventory: Inventory, known: Mapping[str, Rule], options: RotationOptions) -> None:
        self._inventory, self._known, self._options = inventory, known, options
        self._seen: dict[str, list[Sighting]] = {}
        for sighting in (*inventory.files, *inventory.home, *inventory.history):
            self._seen.setdefault(sighting.id, []).append(sighting)
        self._in_files = frozenset(inventory.files)
        self._files: dict[str, list[Sighting]] = {}
        for sighting in inventory.files:
            self._files.setdefault(sighting.id, []).append(sighting)

    # What is remembered

    def merged(self, before: Ledger) -> Ledger:
        """The ledger with what was seen now."""
        tracked = {id_: one for id_, one in before.tracked.items() if id_ in self._seen or _is_exposed(one)}
        for id_, sightings in self._seen.items():
            new = Tracked(sightings[0].rule, absent=before.seen)
            tracked[id_] = self._with(tracked.get(id_, new), sightings)
        tracked = self._with_names(tracked)
        for id_, one in self._by_name().items():
            if self._options.since:
                tracked.setdefault(id_, one)
        tracked = {id_: self._in_incident(id_, one) for id_, one in tracked.items()}
        tracked = {id_: self._with_online(id_, one, tracked) for id_, one in tracked.items()}
        return before._replace(seen=self._options.today, tracked=tracked)

    def _with(self, one: Tracked, sightings: Sequence[Sighting]) -> Tracked:
        exposures = dict.fromkeys(one.exposures)
        for sighting in sightings:
            if sighting.commit or sighting in self._in_files:
                exposures[Exposure(sighting.path, sighting.commit, sighting.day)] = None
        committed = {exposure.path for exposure in exposures if exposure.commit}
        names = dict.fromkeys([*one.names, *(name for sighting in sightings for name in sighting.names)])
        planned = dict.fromkeys(name for sighting in sightings for name in sighting.planned)
        return one._replace(
            rule=sightings[0].rule,
            names=tuple(names),
            planned=tuple(planned) or one.planned,
            exposures=tuple(sorted(one for one in exposures if one.commit or one.path not in committed)),
        )

    def _with_names(self, tracked: Mapping[str, Tracked]) -> dict[str, Tracked]:
        """The credentials, each with a name that its new value is looked for under.

        One that only the history has gets the first name of its rule, unless that is another's: what replaces that one
        is not taken for its own.
        """
        usual = {
            id_: self._known[one.rule].env[:1]
            for id_, one in tracked.items()
            if _is_exposed(one) and not one.names and not one.planned and one.rule in self._known
        }
        taken = Counter(name for one in tracked.values() for name in {*one.names, *one.planned})
        taken.update(name for names in usual.values() for name in names)
        return {
            id_: one._replace(planned=usual[id_])
            if id_ in usual and all(taken[name] == 1 for name in usual[id_])
            else one
            for id_, one in tracked.items()
        }

    def _by_name(self) -> dict[str, Tracked]:
        """The secrets that are declared or read, but whose value is not recognised anywhere."""
        found = {}
        every = [sighting for sightings in self._seen.values() for sighting in sightings]
        valued = {name for one in every for name in (*one.names, *one.planned)}
        for name, id_ in self._inventory.names.items():
            if name not in valued:
                rule = seen.rule_of(name, self._known)
                stored = self._inventory.stored.get(name, ())
                found[min(stored, default=id_)] = Tracked(rule.id if rule is not None else "", (name,))
        return found

    def _in_incident(self, id_: str, one: Tracked) -> Tracked:
        """A credential that was set before the incident, marked as exposed in it; what is dead already stays so."""
        since, settings = self._options.since, self._options.online
        if not since or not _was_set_before(one, since) or one.incident == since:
            return one
        if settings and not one.exposures and self._is_name_only(id_) and was_set_after(one.names, settings, since):
            return one
        if self._is_name_only(id_):  # what is known by name only has another value by now
            return one._replace(incident=since, done={})
        return one if steps.PROVE in one.done else one._replace(incident=since)

    def _with_online(self, id_: str, one: Tracked, tracked: Mapping[str, Tracked]) -> Tracked:
        """A credential with the moment at which its Space was given a new value, as far as that is certain.

        That is after the incident; or after `.env`, which has had a new one since it was changed last.
        """
        settings = self._options.online
        if settings is None or not _is_exposed(one):
            return one
        if self._is_name_only(id_):
            limit = one.incident
        else:
            limit = settings.stored if self._is_replaced(id_, one, tracked) else ""
        moment = was_set_after(one.names or one.planned, settings, limit) if limit else ""
        return one._replace(online={**one.online, settings.space: moment}) if moment else one

    def _is_name_only(self, id_: str) -> bool:
        return id_ in self._inventory.names.values()

    # What the user ticks

    def ticked(self, tracked: Mapping[str, Tracked]) -> Mapping[str, Tracked]:
        """The credentials with the user's ticks. Raises UserError."""
        found = dict(tracked)
        for flag, ticks in (("--done", self._options.done), ("--not-done", self._options.undone)):
            for beginning, step in ticks:
                id_ = _only(flag, beginning, [id_ for id_, one in found.items() if _is_exposed(one)])
                chosen = self._chosen(flag, id_, found[id_], step)
                one = found[id_]
                if flag == "--done":
                    found[id_] = one._replace(done={**dict.fromkeys(chosen, self._options.today), **one.done})
                    continue
                done = {name: day for name, day in one.done.items() if name not in chosen}
                found[id_] = one._replace(done=done)
                if self._ending(id_, one) in chosen:
                    found[id_] = found[id_]._replace(sent="", answer="")
        return found

    def _ending(self, id_: str, one: Tracked) -> str:
        """The step at which a credential is revoked: where a new one ends the old one, that of the proof."""
        return steps.ending(steps.order(self._facts(id_, one)))

    def _chosen(self, flag: str, id_: str, one: Tracked, step: str) -> list[str]:
        """The steps to tick."""
        having = [name for name in steps.order(self._facts(id_, one)) if name != steps.CLEAN]
        if step == steps.CLEAN:
            raise UserError(f"{flag}: {steps.CLEAN} is done when `unspill check` does not find the value any more")
        if step != ALL and step not in having:
            raise UserError(f"{flag}: unknown step {step!r} of {id_[:_SHORTEST]}; use {', '.join(having)} or {ALL}")
        chosen = having if step == ALL else [step]
        if flag == "--done" and self._is_in_env(id_) and not {*_NEEDS_NEW_VALUE}.isdisjoint(chosen):
            raise UserError(f"{flag}: {id_[:_SHORTEST]}: `.env` still has the old value; replace it there first")
        return chosen

    # The plan

    def plan(self, root: str, tracked: Mapping[str, Tracked]) -> RotationPlan:
        """The plan for a root."""
        since, later, listed = self._options.since, 0, dict(self._by_name())
        for id_, one in tracked.items():
            if since and _is_exposed(one) and not _was_set_before(one, since):
                later += 1
            else:
                listed[id_] = one
        digits = _SHORTEST
        while len({id_[:digits] for id_ in listed}) < len(listed):
            digits += 1
        found = [self._credential(id_, listed)._replace(id=id_[:digits]) for id_ in listed]
        found.sort(key=lambda one: (not one.steps, not one.left, one.title, one.names, one.exposed, one.id))
        return RotationPlan(
            root, since, tuple(found), later, self._inventory.without_history, self._inventory.incomplete
        )

    def _credential(self, id_: str, tracked: Mapping[str, Tracked]) -> Credential:
        one = tracked[id_]
        facts = self._facts(id_, one)
        planned = [self._step(step, id_, facts, tracked) for step in steps.order(facts)] if _is_exposed(one) else []
        rule = self._known.get(one.rule)
        return Credential(
            id_,
            one.rule,
            rule.name if rule is not None else "Secret",
            one.names or one.planned,
            _state(planned),
            tuple(self._exposed(id_, one)),
            one.incident,
            tuple(facts.uses),
            steps.overlap(rule),
            facts.is_first,
            tuple(planned),
        )

    def _facts(self, id_: str, one: Tracked) -> steps.Facts:
        rule = self._known.get(one.rule)
        files = self._files.get(id_, [])
        names = one.names or one.planned or (rule.env[:1] if rule is not None else ())
        uses = [use for use in self._inventory.uses if use.name in names]
        spaces = [seen.Consumer("space", "", sighting.space) for sighting in files if sighting.space]
        where = {use.where for use in uses}
        options = self._options
        return steps.Facts(
            rule,
            names,
            list(dict.fromkeys(sighting.path for sighting in files)),
            [*uses, *dict.fromkeys(use for use in spaces if use.where not in where)],
            any(exposure.commit for exposure in one.exposures),
            options.abuse or (options.public and steps.overlap(rule) == "many" and bool(one.exposures)),
            self._inventory.token_needs if TOKEN in names and rule is not None and TOKEN in rule.env else None,
        )

    def _exposed(self, id_: str, one: Tracked) -> Iterable[ExposedPlace]:
        """The places, those in files first."""
        files = self._files.get(id_, ())
        yield from (ExposedPlace(sighting.path, sighting.line) for sighting in files)
        now = {sighting.path for sighting in files}
        for exposure in one.exposures:
            if exposure.commit or exposure.path not in now:
                yield ExposedPlace(exposure.path, 0, exposure.commit, exposure.day)

    def _step(self, step: str, id_: str, facts: steps.Facts, tracked: Mapping[str, Tracked]) -> PlannedStep:
        one = tracked[id_]
        is_ticked = step in one.done
        if step == steps.CLEAN:
            is_ticked, is_done = False, not facts.places
        elif (step in _NEEDS_NEW_VALUE and self._is_in_env(id_)) or (step == steps.VERIFY and self._is_other(one)):
            is_done = False
        else:
            is_done = is_ticked or self._is_fact(step, id_, facts, tracked)
        day = one.done[step] if is_ticked and is_done else ""
        text = steps.text(step, facts)
        if one.sent and not is_done and step == self._ending(id_, one):
            text = f"{text} {steps.sent(one.sent, one.answer)}"
        return PlannedStep(step, text, is_done, day)

    def _is_fact(self, step: str, id_: str, facts: steps.Facts, tracked: Mapping[str, Tracked]) -> bool:
        """Whether a step has been seen to be done."""
        one = tracked[id_]
        is_online = online.is_everywhere(one, facts.uses)
        if step == steps.CREATE:
            return self._is_replaced(id_, one, tracked) or (is_online and self._is_name_only(id_))
        is_new_here = self._is_replaced(id_, one, tracked) or self._is_name_only(id_)
        return step in (steps.SET, steps.RESTART) and is_online and is_new_here

    def _is_other(self, one: Tracked) -> bool:
        """Whether `.env` has another value by now than the one that was verified."""
        stored = [self._inventory.stored[name] for name in (*one.names, *one.planned) if name in self._inventory.stored]
        return bool(one.verified and stored) and not any(one.verified in ids for ids in stored)

    def replacements(self, id_: str, tracked: Mapping[str, Tracked]) -> list[str]:
        """The ids of the values that `.env` has in place of an exposed one, and that are not exposed themselves."""
        one, home = tracked[id_], {sighting.id for sighting in self._inventory.home}
        found = {
            other
            for name in one.names or one.planned
            for other in self._inventory.stored.get(name, ())
            if other in home
        }
        return sorted(other for other in found if other != id_ and not _is_exposed(tracked[other]))

    def _is_in_env(self, id_: str) -> bool:
        return any(id_ in ids for ids in self._inventory.stored.values())

    def _is_replaced(self, id_: str, one: Tracked, tracked: Mapping[str, Tracked]) -> bool:
        """Whether `.env` has another value under the name that it was there under; or a new one, where it was to be."""
        stored = self._inventory.stored
        old = {other for other, its in tracked.items() if not its.absent}
        return any(name in stored and id_ not in stored[name] for name in one.names) or any(
            name in stored and old.isdisjoint(stored[name]) for name in one.planned
        )


def _is_exposed(one: Tracked) -> bool:
    return bool(one.exposures or one.incident)


def _was_set_before(one: Tracked, day: str) -> bool:
    """Whether a credential was set by the end of a day; what is unknown was."""
    days = [exposure.day[:10] for exposure in one.exposures if exposure.day]
    if days:
        return min(days) <= day
    return not one.absent or one.absent < day


def _only(flag: str, beginning: str, ids: Iterable[str]) -> str:
    """The only id with a beginning. Raises UserError."""
    found = [id_ for id_ in ids if beginning and id_.startswith(beginning)]
    if not found:
        raise UserError(f"{flag}: no exposed credential {beginning!r}; `unspill rotate` lists the ids")
    if len(found) > 1:
        raise UserError(f"{flag}: {beginning!r} is the beginning of {len(found)} ids; write more of it")
    return found[0]


def _state(planned: Sequence[PlannedStep]) -> str:
    if not planned:
        return UNEXPOSED
    done = {step.id for step in planned if step.is_done}
    for step, state in ((steps.PROVE, REFUSED), (steps.REVOKE, REVOKED), (steps.VERIFY, VERIFIED)):
        if step in done:
            return state
    return REPLACED if done.issuperset([steps.CREATE, steps.SET, steps.RESTART]) else EXPOSED
