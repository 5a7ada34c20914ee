"""What git holds in place of files: what is staged, and what is new since a revision; `history` has all the rest."""

from __future__ import annotations

import os
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from unspill.document import decode
from unspill.errors import UserError
from unspill.model import Skipped
from unspill.project.paths import relative
from unspill.project.read import Refusal
from unspill.project.repository import RepositoryError, RevisionError, changed, find, refusals
from unspill.run.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from unspill.model import Secret
    from unspill.project.repository import Change, Place
    from unspill.project.walk import File
    from unspill.run import Hit, Request, Survey


def look(survey: Survey) -> None:
    """Look at what the request wants of the repositories that its paths are in.

    A repository that cannot be read has its files looked at instead. Raises UserError.
    """
    request = survey.request
    look_at: Callable[[Survey, Part], None] = _look_at_staged if request.staged else _look_at_new
    if request.history:
        from unspill.run import history

        look_at = history.look
    unreadable: list[str] = []
    for place, paths in _places(request).items():
        is_open = False
        try:
            part = Part(survey, place, paths)
            is_open = True
            with refusals():
                look_at(survey, part)
            part.finish()
        except RevisionError as error:
            raise UserError(f"--since: {error}") from None
        except RepositoryError as error:
            # Formats that libgit2 does not know must not keep anybody from a commit; what is broken does so anyway.
            broken = is_open or not os.path.isfile(os.path.join(place.git, "HEAD"))
            _skip(survey, place, str(error), incomplete=broken or not request.staged)
            unreadable += paths
    if unreadable:
        _walk(survey, unreadable)


def give_up(survey: Survey, reason: str) -> None:
    """Look at the files instead, since reading one of the repositories has crashed: `reason` says how that ended."""
    places = _places(survey.request)
    for place in places:
        _skip(survey, place, f"libgit2 crashed: {reason}", incomplete=True)
    _walk(survey, chain.from_iterable(places.values()))


def _skip(survey: Survey, place: Place, why: str, *, incomplete: bool) -> None:
    reason = f"a repository that cannot be read ({why}), so that its files were scanned instead"
    survey.skip(Skipped(relative(os.path.join(place.root, ".git"), survey.request.working), reason, incomplete))


def _walk(survey: Survey, paths: Iterable[str]) -> None:
    survey.request = survey.request._replace(paths=tuple(paths))
    survey.walk()


def _places(request: Request) -> Mapping[Place, list[str]]:
    """The repositories that the paths are in, and the paths in each, absolute. Raises UserError where there is none."""
    places: dict[Place, list[str]] = {}
    for path in request.paths or (None,):
        start = os.path.join(request.working, path or "")
        # The folder may be reached through a link; the last name is what git holds, and git does not follow it.
        start = os.path.realpath(start) if os.path.isdir(start) else _behind_links(os.path.abspath(start))
        place = find(start)
        if place is None:
            raise UserError(f"{path or request.working}: there is no git repository here")
        places.setdefault(place, []).append(start if path else place.root)
    return places


def _behind_links(path: str) -> str:
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _look_at_staged(survey: Survey, part: Part) -> None:
    if part.repository.git.is_bare:
        survey.skip(Skipped(".", "a bare repository, in which nothing can be staged", incomplete=True))
        return
    own = os.environ.get("GIT_INDEX_FILE")  # `git commit FILE` and `-a` show their hooks an index of its own
    here = find(os.path.realpath(survey.request.working))
    index_file = os.path.join(part.tree.root, own) if own and here is not None and here.git == part.git else None
    staged = list(part.repository.staged(index_file))
    survey.expect(sum(change.new is not None for change in staged))
    for change in staged:
        file = part.file(change.path)
        if file is None:
            continue
        if change.conflict:
            part.skip(file, "a merge conflict that is not resolved", incomplete=True)
        elif change.new is not None:
            part.tree.held[change.path] = True
            survey.take(file, part.text(file, change.new))


def _look_at_new(survey: Survey, part: Part) -> None:
    """Findings on changed lines, unless the value only moved there from a line that is gone."""
    first = len(survey.hits)
    changes = {change.path: change for change in part.repository.changes(*part.repository.since(survey.request.since))}
    survey.expect(sum(change.new is not None for change in changes.values()))
    try:
        for change in changes.values():
            if change.new is not None and (file := part.file(change.path)) is not None:
                part.tree.held[change.path] = True
                survey.take(file, part.text(file, change.new))
    finally:  # an interrupted survey, too, must not take what is old for new
        found = survey.hits[first:]
        del survey.hits[first:]
        survey.hits += _news(survey, part, changes, found) if found else ()


def _news(survey: Survey, part: Part, changes: Mapping[str, Change], found: Iterable[Hit]) -> list[Hit]:
    """What is new of what was found in changed files."""
    gone: Counter[Secret] = Counter()
    for change in changes.values():
        if change.old is None or (file := part.file(change.path)) is None:
            continue
        raw = part.text(file, change.old)
        if not isinstance(raw, Refusal) and (hit := survey.examine(file, raw)) is not None:
            lost, _ = changed(hit.document.data, _version(part, file, change.new))
            gone.update(
                finding.secret
                for finding in hit.scan.findings
                if finding.secret is not None and any(map(finding.span.overlaps, lost))
            )
    return [_new_in(hit, _version(part, hit.file, changes[hit.file.path].old), gone) for hit in found]


def _version(part: Part, file: File, id_: str | None) -> bytes:
    """One side of a change as the text of a document; empty if there is none."""
    raw = b"" if id_ is None else part.text(file, id_)
    return b"" if isinstance(raw, Refusal) else decode(raw)[0]


def _new_in(hit: Hit, old: bytes, gone: Counter[Secret]) -> Hit:
    """The hit with its new findings alone; takes those that moved there out of `gone`."""
    _, added = changed(old, hit.document.data)
    findings = []
    for finding in hit.scan.findings:
        if not any(map(finding.span.overlaps, added)):
            continue
        if finding.secret is not None and gone[finding.secret]:
            gone[finding.secret] -= 1
        else:
            findings.append(finding)
    rest = tuple(finding for finding in hit.scan.findings if finding not in findings)
    return hit._replace(analysis=hit.analysis.only(findings), changed=tuple(added), old=rest)
