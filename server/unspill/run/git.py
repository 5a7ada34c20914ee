"""What git holds in place of files: what is staged, what is new since a revision, and the whole history."""

from __future__ import annotations

import os
import secrets
from collections import Counter, defaultdict, deque
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from unspill.document import decode
from unspill.errors import MissingPathError, UserError
from unspill.model import Skipped
from unspill.project import repository
from unspill.project.history import History
from unspill.project.read import Refusal
from unspill.project.repository import Repository, RepositoryError, RevisionError
from unspill.project.tree import Snapshot
from unspill.project.walk import File, Walk
from unspill.run import workers
from unspill.run.report import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unspill.model import Secret, Span
    from unspill.project.history import Sighting
    from unspill.project.repository import Change, Place
    from unspill.run import Hit, Survey

_PARALLEL_FROM = 2000
"""Blobs from which on worker processes pay for their start."""


def look(survey: Survey) -> None:
    """Look at what the request wants of the repositories that its paths are in.

    A repository that cannot be read has its files looked at instead. Raises UserError.
    """
    request = survey.request
    unreadable = []
    for place, paths in _places(request.paths, request.working).items():
        look_at = _staged if request.staged else _history if request.history else _since
        try:
            look_at(survey, _Part(survey, place, paths))
        except RevisionError as error:
            raise UserError(f"--since: {error}") from None
        except RepositoryError as error:
            reason = f"repository that cannot be read ({error}): its files were scanned instead"
            survey.skip(Skipped(os.path.join(place.root, ".git"), reason, incomplete=not request.staged))
            unreadable += paths
    if unreadable:
        survey.request = request._replace(paths=tuple(unreadable))
        survey.walk()
    survey.learn()


class _Part:
    """One repository of a request, and what of it is wanted."""

    def __init__(self, survey: Survey, place: Place, paths: Sequence[str]) -> None:
        """Raises RepositoryError."""
        self.place = place
        self.repository = Repository(place.git)
        self.tree = Snapshot(place.root)
        self._skipped: dict[Skipped, None] = {}
        self._survey = survey
        self._walk = Walk(survey.load, survey.request.working, tree=Snapshot)
        self._missing = [path for path in paths if not os.path.lexists(path)]
        relative = [os.path.relpath(path, place.root).replace(os.sep, "/") for path in paths]
        self._wanted = () if "." in relative else tuple(relative)
