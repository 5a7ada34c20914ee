"""A rotation plan as text, Markdown and JSON; no values are known here.

The JSON is described by `schemas/rotate.json`: version 1, frozen apart from additions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from unspill.app.rotation import steps
from unspill.output.text import printable
from unspill.shapes import mask_shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from unspill.app.rotation.plan import Credential, PlannedStep, RotationPlan
    from unspill.app.rotation.seen import Consumer

VERSION = 1
_MOST = 5
"""Places that are shown in a list."""
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")
_PURGE = (
    "git filter-repo --replace-text FILE",
    "git push --force --all && git push --force --tags",
)
_PURGE_SPACE = (
    """python -c 'from huggingface_hub import HfApi; HfApi().super_squash_history("{}", repo_type="space")'""",
    "hf spaces restart {} --factory-reboot",
)
_PURGE_NOTE = (
    "Optional, and only after the old values are dead. FILE lists the old values, one a line: make it private (0600), "
    "keep it out of the repository, delete it afterwards. Squashing a Space deletes the whole history of its branch."
)
_REMAINS = (
    "clones, forks and duplicates of the repository",
    "other branches and tags, and the references of pull requests",
    "commits that are requested by their id, until the host deletes them",
    "images and their caches, logs of CI jobs, and search engines",
)


def content(plan: RotationPlan, requests: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The plan as JSON values, with what came of the requests to providers."""
    return {
        "version": VERSION,
        "root": mask_shapes(plan.root),
        "since": plan.since or None,
        "left": plan.left,
        "later": plan.later,
        "without_history": plan.without_history or None,
        "credentials": [_credential(one) for one in plan.credentials],
        "purge": {"commands": list(_purge(plan)), "remains": list(_REMAINS)} if _is_in_history(plan) else None,
        "requests": list(requests),
        "unsaved": mask_shapes(plan.unsaved) or None,
        "incomplete": [
            {"path": mask_shapes(skipped.path), "reason": mask_shapes(skipped.reason)} for skipped in plan.incomplete
        ],
    }


def text(plan: RotationPlan) -> Iterator[str]:
    """The plan as lines for a terminal."""
    yield _summary(plan)
    for one in plan.credentials:
        if not one.steps:
            continue
        yield ""
        yield f"{one.id}  {_title(one)}: {_status(one)}"
        yield from (f"  {label:9}{printable(line)}" for label, line in _about(one))
        yield from (f"  {'[x]' if step.is_done else '[ ]'} {step.id:8}{_step(step)}" for step in one.steps)
    yield from _rest(plan)
    if _is_in_history(plan):
        yield ""
        yield f"Purging the history. {_PURGE_NOTE}"
        yield from (f"  {command}" for command in _purge(plan))
        yield "What cannot be purged:"
        yield from (f"  - {place}" for place in _REMAINS)


def markdown(plan: RotationPlan) -> Iterator[str]:
    """The plan as lines of Markdown, with a checklist for each credential."""
    yield "# Rotation plan"
    yield ""
    yield _summary(plan)
    for one in plan.credentials:
        if not one.steps:
            continue
        yield ""
        yield f"## {_escaped(_title(one))} (`{one.id}`)"
        yield ""
        yield f"State: {_status(one)}."
        yield ""
        yield from (f"- {label}: {_escaped(printable(line))}" for label, line in _about(one))
        yield from ("", "Steps, in order:", "")
        yield from (
            f"- [{'x' if step.is_done else ' '}] **{step.id}**: {_outside_code(_step(step))}" for step in one.steps
        )
    yield from map(_escaped, _rest(plan))
    if _is_in_history(plan):
        yield from ("", "## Purging the history", "", _PURGE_NOTE, "", "```sh", *_purge(plan), "```")
        yield from ("", "What cannot be purged:", "", *(f"- {place}" for place in _REMAINS))


def _credential(one: Credential) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule": one.rule or None,
        "title": mask_shapes(one.title),
        "names": list(one.names),
        "state": one.state,
        "exposed": [
            {
                "path": place.path,
                "line": place.line or None,
                "commit": place.commit or None,
                "author_date": place.day or None,
            }
            for place in one.exposed
        ],
        "since": one.since or None,
        "incident": one.incident or None,
        "uses": [
            {"kind": use.kind, "name": use.name or None, "where": use.where, "line": use.line or None}
            for use in one.uses
        ],
        "overlap": one.overlap or None,
        "revoke_first": one.is_first,
        "steps": [
            {
                "id": step.id,
                "text": step.text,
                "done": step.is_done,
                "day": step.day or None,
                "optional": step.is_optional,
            }
            for step in one.steps
        ],
    }


def _summary(plan: RotationPlan) -> str:
    exposed = [one for one in plan.credentials if one.steps]
    if not exposed:
        return "Nothing to rotate: no exposed credentials."
    count = f"{len(exposed)} {'credential' if len(exposed) == 1 else 'credentials'}"
    if not plan.left:
        return f"Nothing left to do: {count}, all steps done."
    hardcoded = sum(any(place.line for place in one.exposed) for one in exposed)
    first = f" Start with `unspill fix`: {hardcoded} still hardcoded." if hardcoded else ""
    return f"{count} to rotate, {plan.left} {'step' if plan.left == 1 else 'steps'} left.{first}"


def _title(one: Credential) -> str:
    names = f" ({', '.join(one.names)})" if one.names else ""
    return printable(mask_shapes(one.title) + names)


def _status(one: Credential) -> str:
    if not one.left:
        return f"{one.state}, nothing left to do"
    return f"{one.state}, {one.left} {'step' if one.left == 1 else 'steps'} left"


def _about(one: Credential) -> Iterator[tuple[str, str]]:
    """What there is to know about a credential: labels and lines."""
    if now := [f"{place.path}:{place.line}" for place in one.exposed if place.line]:
        yield "Exposed", f"now in {_listed(now)}"
    commits: dict[tuple[str, str], list[str]] = {}
    for place in one.exposed:
        if not place.line:
            commits.setdefault((place.day, place.commit), []).append(place.path)
    for (day, commit), paths in sorted(commits.items()):
        since = f"since {day[:10]} " if day else ""
        yield (
            "Exposed",
            f"{since}in commit {commit[:12]}: {_listed(paths)}" if commit else f"before in {_listed(paths)}",
        )
    if one.incident:
        yield "Exposed", f"in the incident of {one.incident}"
    if one.uses:
        yield "Used by", _listed([_use(use) for use in one.uses])
    yield "Overlap", steps.CLASSES[one.overlap]
    if one.is_first:
        yield "Order", "revoke first, and accept the outage"


def _use(use: Consumer) -> str:
    if use.kind == "space":
        return f"Space {use.where}"
    kind = {"workflow": " (GitHub Actions)", "pipeline": " (CI/CD)"}.get(use.kind, "")
    return f"{use.where}:{use.line}{kind}"


def _listed(items: Sequence[str]) -> str:
    more = len(items) - _MOST
    return ", ".join(items[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _step(step: PlannedStep) -> str:
    notes = [note for note in ("optional" if step.is_optional else "", f"done {step.day}" if step.day else "") if note]
    return printable(step.text) + (f" ({', '.join(notes)})" if notes else "")


def _rest(plan: RotationPlan) -> Iterator[str]:
    """What is not part of the plan, and what it does not know."""
    if unexposed := [one for one in plan.credentials if not one.steps]:
        yield ""
        yield f"Not exposed, nothing to do: {', '.join(map(_title, unexposed))}."
    if plan.later:
        yield ""
        yield f"Committed after {plan.since}, and not listed: {plan.later}. `unspill rotate` without --since lists all."
    if plan.without_history:
        yield ""
        yield f"Without the history: {plan.without_history}. What was committed elsewhere is not in this plan."
    if plan.unsaved:
        yield ""
        yield f"Progress is not kept: {printable(mask_shapes(plan.unsaved))}."
    if plan.incomplete:
        yield ""
        yield from (
            f"Not scanned: {printable(mask_shapes(skipped.path))}: {printable(mask_shapes(skipped.reason))}"
            for skipped in plan.incomplete
        )


def _is_in_history(plan: RotationPlan) -> bool:
    return any(step.is_optional and not step.is_done for one in plan.credentials for step in one.steps)


def _purge(plan: RotationPlan) -> Iterable[str]:
    """The commands that purge the history."""
    yield from _PURGE
    spaces = {use.where for one in plan.credentials if one.steps for use in one.uses if use.kind == "space"}
    for space in sorted(spaces):
        yield from (command.format(steps.space_id(space)) for command in _PURGE_SPACE)


def _outside_code(line: str) -> str:
    """Markdown of a line with commands between backticks, and with addresses, in which no `_` is escaped."""
    parts = [part if number % 2 else _escaped(part) for number, part in enumerate(line.split("`"))]
    return "`".join(parts).replace(r"\_", "_")


def _escaped(line: str) -> str:
    return _MARKUP.sub(r"\\\1", line)
