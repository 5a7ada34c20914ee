"""Scans git's objects instead of files: what is staged, and what is new since a revision. `history` has the rest."""

from __future__ import annotations

import os
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from unspill.app.checked_apps import CheckedApps
from unspill.app.copies import with_copies
from unspill.app.part import Part
from unspill.document import decode
from unspill.errors import UserError
from unspill.model import Skipped
from unspill.project.paths import relative
from unspill.project.read import Refusal
from unspill.project.repository import RepositoryError, RevisionError, changed, find, refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from unspill.app import Collector, Request, ScannedFile
    from unspill.model import Secret
    from unspill.project.repository import ChangedFile, RepositoryPaths
    from unspill.project.walk import File


def scan_repositories(collector: Collector) -> None:
    """Scan the requested part of the repositories that the paths are in.

    A repository that cannot be read has its files scanned instead. Raises UserError.
    """
    request = collector.request
    scan_part: Callable[[Collector, Part], None] = _scan_staged if request.staged else _scan_new
    if request.history:
        from unspill.app import history

        scan_part = history.scan_blobs
    unreadable: list[str] = []
    for place, paths in _places(request).items():
        is_open = False
        try:
            part = Part(collector, place, paths)
            is_open = True
            with refusals():
                scan_part(collector, part)
            part.finish()
        except RevisionError as error:
            raise UserError(f"--since: {error}") from None
        except RepositoryError as error:
            # Formats that libgit2 does not know must not keep anybody from a commit; what is broken does so anyway.
            broken = is_open or not os.path.isfile(os.path.join(place.git, "HEAD"))
            _skip(collector, place, str(error), incomplete=broken or not request.staged)
            unreadable += paths
    if unreadable:
        _walk(collector, unreadable)


def give_up(collector: Collector, reason: str) -> None:
    """Scan the files instead, because reading one of the repositories crashed: `reason` is how it ended."""
    places = _places(collector.request)
    for place in places:
        _skip(collector, place, f"libgit2 crashed: {reason}", incomplete=True)
    _walk(collector, chain.from_iterable(places.values()))


def _skip(collector: Collector, place: RepositoryPaths, why: str, *, incomplete: bool) -> None:
    reason = f"repository cannot be read ({why}); its files were scanned instead"
    collector.skip(Skipped(relative(os.path.join(place.root, ".git"), collector.request.working), reason, incomplete))


def _walk(collector: Collector, paths: Iterable[str]) -> None:
    collector.request = collector.request._replace(paths=tuple(paths))
    collector.walk()


def _places(request: Request) -> Mapping[RepositoryPaths, list[str]]:
    """The repositories that the paths are in, and the paths in each, absolute. Raises UserError where there is none."""
    places: dict[RepositoryPaths, list[str]] = {}
    for path in request.paths or (None,):
        start = os.path.join(request.working, path or "")
        # The folder may be reached through a link; the last name is what git holds, and git does not follow it.
        start = os.path.realpath(start) if os.path.isdir(start) else _behind_links(os.path.abspath(start))
        place = find(start)
        if place is None:
            raise UserError(f"{path or request.working}: not in a git repository")
        places.setdefault(place, []).append(start if path else place.root)
    return places


def _behind_links(path: str) -> str:
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _scan_staged(collector: Collector, part: Part) -> None:
    if part.repository.git.is_bare:
        collector.skip(Skipped(".", "a bare repository, in which nothing can be staged", incomplete=True))
        return
    own = os.environ.get("GIT_INDEX_FILE")  # `git commit FILE` and `-a` show their hooks a separate index
    here = find(os.path.realpath(collector.request.working))
    index_file = os.path.join(part.tree.root, own) if own and here is not None and here.git == part.git else None
    staged = list(part.repository.staged(index_file))
    collector.set_total(sum(change.new is not None for change in staged))
    first = len(collector.scanned_files)
    ids: dict[str, str] = {}
    for change in staged:
        file = part.file(change.path)
        if file is None:
            continue
        if change.conflict:
            part.skip(file, "a merge conflict that is not resolved", incomplete=True)
        elif change.new is not None:
            _ingest(collector, part, file, change.new)
            ids[file.path] = change.new
    _find_copies(collector, part, ids, first)
    if ids:
        _note_apps(collector, part, ids, first, part.repository.files_staged(index_file))


def _scan_new(collector: Collector, part: Part) -> None:
    """Findings on changed lines, unless the value only moved there from a line that is gone."""
    first = len(collector.scanned_files)
    before, after = part.repository.since(collector.request.since)
    changes = {change.path: change for change in part.repository.changes(before, after)}
    collector.set_total(sum(change.new is not None for change in changes.values()))
    ids: dict[str, str] = {}
    try:
        for change in changes.values():
            if change.new is not None and (file := part.file(change.path)) is not None:
                _ingest(collector, part, file, change.new)
                ids[file.path] = change.new
        _find_copies(collector, part, ids, first)
        if ids:
            _note_apps(collector, part, ids, first, part.repository.files_in(after))
    finally:  # an interrupted run, too, must not take what is old for new
        found = collector.scanned_files[first:]
        del collector.scanned_files[first:]
        collector.scanned_files += _news(collector, part, changes, found) if found else ()


def _ingest(collector: Collector, part: Part, file: File, id_: str) -> None:
    part.tree.held[file.path] = True
    collector.ingest(file, part.text(file, id_))


def _find_copies(collector: Collector, part: Part, ids: Mapping[str, str], first: int) -> None:
    """Find the values of a repository, whose results are the `first` and on, in all of its texts: blobs by path."""
    found = collector.scanned_files[first:]
    if found:
        files = [file for path in ids if (file := part.file(path)) is not None]
        found = with_copies(collector, found, files, lambda file: part.text(file, ids[file.path]))
        collector.scanned_files[first:] = found


def _note_apps(collector: Collector, part: Part, changed: Iterable[str], first: int, ids: Mapping[str, str]) -> None:
    """Have the checks on apps say what they find in changed files; the apps are as git has them (blobs by path).

    The results for the repository are the `first` and on.
    """
    files = [file for path in changed if (file := part.file(path)) is not None]
    checked = CheckedApps(collector, files, part.committed(ids))
    collector.scanned_files[first:] = checked.noted(collector.scanned_files[first:])


def _news(
    collector: Collector, part: Part, changes: Mapping[str, ChangedFile], found: Iterable[ScannedFile]
) -> list[ScannedFile]:
    """The new findings among those in changed files."""
    gone: Counter[Secret] = Counter()
    for change in changes.values():
        if change.old is None or (file := part.file(change.path)) is None:
            continue
        raw = part.text(file, change.old)
        if not isinstance(raw, Refusal) and (scanned := collector.analyse_file(file, raw)) is not None:
            lost, _ = changed(scanned.document.data, _version(part, file, change.new))
            gone.update(
                finding.secret
                for finding in scanned.scan.findings
                if finding.secret is not None and any(map(finding.span.overlaps, lost))
            )
    return [_new_in(scanned, _version(part, scanned.file, changes[scanned.file.path].old), gone) for scanned in found]


def _version(part: Part, file: File, id_: str | None) -> bytes:
    """One side of a change as the text of a document; empty if there is none."""
    raw = b"" if id_ is None else part.text(file, id_)
    return b"" if isinstance(raw, Refusal) else decode(raw)[0]


def _new_in(scanned: ScannedFile, old: bytes, gone: Counter[Secret]) -> ScannedFile:
    """The file with its new findings alone; takes those that moved there out of `gone`."""
    _, added = changed(old, scanned.document.data)
    findings = []
    for finding in scanned.scan.findings:
        if not any(map(finding.span.overlaps, added)):
            continue
        if finding.secret is not None and gone[finding.secret]:
            gone[finding.secret] -= 1
        else:
            findings.append(finding)
    rest = tuple(finding for finding in scanned.scan.findings if finding not in findings)
    return scanned._replace(analysis=scanned.analysis.only(findings), changed=tuple(added), old=rest)
