"""Where the credentials of a project are: in its files, in the history of its repository, in `.env`, and by name.

Values are told apart by fingerprints under the project's own random key. None is kept, or leaves the process that reads
the history, unless a provider is to be asked about it: then they are in a `Vault`.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple

from unspill import languages
from unspill.app import Collector, git, masking
from unspill.app.isolation import isolated
from unspill.app.reporting import declared_name, plans
from unspill.app.rotation.vault import Held
from unspill.app.secrets import listing
from unspill.contract.kinds import NameKind
from unspill.contract.names import ValueSource
from unspill.fixes import pipelines
from unspill.languages import dotenv
from unspill.model import Severity, Skipped
from unspill.project import remotes
from unspill.project.paths import relative
from unspill.project.repository import find
from unspill.shapes import mask_shapes
from unspill.sites import DotenvValue
from unspill.suppress.home import keeps_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from unspill.app import Request
    from unspill.app.report import Origin
    from unspill.app.rotation.vault import Vault
    from unspill.app.secrets import AppListing
    from unspill.contract.names import AppName
    from unspill.contract.permissions import TokenNeeds
    from unspill.document import Document
    from unspill.model import Finding
    from unspill.pipeline import Kept
    from unspill.project.tree import DiskTree
    from unspill.rules import Rule
    from unspill.space import Space

_FINGERPRINT = 32
"""Hexadecimal digits."""


class Sighting(NamedTuple):
    """A value at a place: in a file, or in a commit."""

    id: str
    """The fingerprint of the value."""
    rule: str
    path: str
    """POSIX, relative to the root, with texts of a provider's format masked."""
    line: int = 0
    """From 1; 0 in a commit."""
    names: tuple[str, ...] = ()
    """The name that a dotenv file has it under."""
    planned: tuple[str, ...] = ()
    """The name that `fix` would give it."""
    space: str = ""
    """The Space that the file is in, as in `Consumer`."""
    commit: str = ""
    """The first commit that has it there (hexadecimal id); empty for a file."""
    day: str = ""
    """When that was written: ISO 8601; empty if unknown."""


class Consumer(NamedTuple):
    """Something that reads a name."""

    kind: str
    """`file`; `workflow` of GitHub Actions; `pipeline` of another CI service; `space`."""
    name: str
    where: str
    """The file; of a Space `owner/name`, or its folder (`.`, `./spaces/x`) if that is unknown."""
    line: int = 0
    """From 1; 0 for a Space."""


class Inventory(NamedTuple):
    """What is known of a project's credentials."""

    files: tuple[Sighting, ...]
    """Where values are exposed now."""
    home: tuple[Sighting, ...]
    """Values in an ignored `.env`."""
    history: tuple[Sighting, ...]
    stored: Mapping[str, frozenset[str]]
    """What dotenv files have under each name: the fingerprints of the value, and of the secrets in it."""
    uses: tuple[Consumer, ...]
    names: Mapping[str, str]
    """The names of secrets that are declared or read: the id that stands for one whose value is not known."""
    without_history: str
    """Why no history was read; empty if it was."""
    incomplete: tuple[Skipped, ...]
    token_needs: TokenNeeds | None = None
    """What the token for the Hub is needed for, if there is one app, and that is certain."""


def fingerprint(value: str, key: bytes) -> str:
    """What a value is called: an HMAC-SHA-256 under the project's key, cut to 128 bits."""
    made = hmac.new(key, value.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return made.hexdigest()[:_FINGERPRINT]


def take(request: Request, key: bytes, known: Mapping[str, Rule], vault: Vault | None = None) -> Inventory:
    """The credentials of the single folder of a request, which is a root; values go to the vault. Raises UserError."""
    collector = Collector(request).walk()
    kept = [(scanned, collector.keep(scanned)) for scanned in collector.scanned_files]
    spaces = _SpaceNames(request)
    files, home = [], []
    for planned in plans(kept, masking.redactions(collector).values):
        finding, scanned = planned.finding, planned.scanned
        if finding.secret is not None and _can_rotate(finding, known):
            name = declared_name(planned.plan)
            at = _at(finding, scanned.document, scanned.file.shown, key)
            at = at._replace(planned=() if name is None else (mask_shapes(name),))
            files.append(at._replace(space=spaces.of(scanned.file.tree, planned.space)))
    for scanned, verdict in kept:
        located = languages.located(scanned.document, verdict.at_home)
        values = [finding for finding in located if _can_rotate(finding, known)]
        home += [_at(finding, scanned.document, scanned.file.shown, key) for finding in values]
    history, without = _history(request, key, known, vault)
    if vault is not None:
        held = [one for scanned, verdict in kept for one in _held(scanned.file.shown, _every(verdict), vault)]
        for one in (*held, *history.held):
            vault.add(one, fingerprint(one.value, key))
        _name_hosts(collector, vault)
    apps = listing(request).apps
    return Inventory(
        tuple(files),
        tuple(home),
        history.sightings,
        _stored(collector, [*files, *home], key),
        tuple(_uses(apps, spaces)),
        {name: fingerprint(f"name {name}", key) for name in sorted(_secrets(apps))},
        without,
        tuple(dict.fromkeys(one for one in (*collector.skipped, *history.skipped) if one.incomplete)),
        apps[0].token_needs() if len(apps) == 1 else None,
    )


class _PastSightings(NamedTuple):
    sightings: tuple[Sighting, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    held: tuple[Held, ...] = ()


def _history(
    request: Request, key: bytes, known: Mapping[str, Rule], vault: Vault | None
) -> tuple[_PastSightings, str]:
    """What was committed, and why that is not known."""
    if find(request.working) is None:
        return _PastSightings(), "not in a git repository"

    def crashed(end: str) -> _PastSightings:
        return _PastSightings(skipped=(Skipped(".git", f"libgit2 crashed: {end}", incomplete=True),))

    found = isolated(lambda: _past(request, key, known, vault), crashed)
    return found, ""


def _past(request: Request, key: bytes, known: Mapping[str, Rule], vault: Vault | None) -> _PastSightings:
    collector = Collector(request._replace(history=True))
    git.scan_repositories(collector)
    found, held = [], set[Held]()
    for scanned in collector.scanned_files:
        kept = collector.keep(scanned)
        held.update(_held(scanned.file.shown, _every(kept), vault) if vault is not None else ())
        for finding in kept.findings:
            origin: Origin | None = scanned.origins.get(finding.span)
            if origin is not None and finding.secret is not None and _can_rotate(finding, known):
                at = _at(finding, scanned.document, scanned.file.shown, key)
                found.append(at._replace(line=0, commit=origin.first, day=origin.author_date))
    return _PastSightings(tuple(found), tuple(collector.skipped), tuple(held))


def _every(kept: Kept) -> Iterable[Finding]:
    return (*kept.findings, *kept.at_home)


def _held(path: str, findings: Iterable[Finding], vault: Vault) -> Iterator[Held]:
    """The values among findings that a request needs."""
    for finding in findings:
        if finding.secret is not None and vault.wants(finding.rule):
            yield Held(finding.rule, path, finding.secret.reveal())


def _name_hosts(collector: Collector, vault: Vault) -> None:
    """Give the vault what dotenv files have under the variables that name hosts."""
    for document in _dotenv_files(collector):
        for name, value in dotenv.values(document).items():
            if value and name in vault.names:
                vault.name(name, value)


def _dotenv_files(collector: Collector) -> Iterator[Document]:
    for file in collector.listed:
        if languages.language_of(file.path).id == "dotenv":
            yield languages.document_of(file.tree.read(file.path) or b"", file.path)


def _at(finding: Finding, document: Document, path: str, key: bytes) -> Sighting:
    value = finding.secret.reveal() if finding.secret is not None else ""
    name = finding.site.name if isinstance(finding.site, DotenvValue) and keeps_values(document) else None
    return Sighting(
        fingerprint(value, key),
        finding.rule,
        mask_shapes(path),
        document.position(finding.span.start).line + 1,
        (mask_shapes(name),) if name else (),
    )


def _can_rotate(finding: Finding, known: Mapping[str, Rule]) -> bool:
    """Whether a finding is a credential that still opens something: not one made to be published, or retired."""
    rule = known.get(finding.rule)
    is_alive = rule is None or (rule.status != "retired" and not rule.public)
    return is_alive and finding.severity in (Severity.ERROR, Severity.WARNING)


def rule_of(name: str, known: Mapping[str, Rule]) -> Rule | None:
    """The rule of the credentials that are kept under a name, the first of those with the name first in their list."""
    having = [rule for rule in known.values() if name in rule.env and not rule.public and rule.status != "retired"]
    return min(having, key=lambda rule: rule.env.index(name), default=None)


class _SpaceNames:
    """What Spaces are called."""

    def __init__(self, request: Request) -> None:
        self._root = request.working
        place = find(request.working)
        self._remote = mask_shapes(remotes.space(place.git)) if place is not None else ""

    def of(self, tree: DiskTree, home: Space) -> str:
        """`owner/name` if the repository is the Space's own, else its folder after `./`; empty if it is no Space."""
        if not home.sdk:
            return ""
        folder = relative(tree.disk(home.root), self._root)
        if folder == ".":
            return self._remote or "."
        return f"./{mask_shapes(folder)}"


def _secrets(apps: Iterable[AppListing]) -> set[str]:
    """The names of secrets that apps declare, read or have."""
    every = (entry for app in apps for entry in app.names)
    return {entry.name for entry in every if entry.kind is NameKind.SECRET and entry.origin is not ValueSource.BUILT_IN}


def _uses(apps: Iterable[AppListing], spaces: _SpaceNames) -> Iterable[Consumer]:
    """What reads which name."""
    uses: dict[Consumer, None] = {}
    for app in apps:
        space = spaces.of(app.tree, app.home)
        for entry in app.names:
            uses.update(dict.fromkeys(_readers(entry)))
            if space and entry.origin is not ValueSource.BUILT_IN:
                uses[Consumer("space", entry.name, space)] = None
    return uses


def _readers(entry: AppName) -> Iterator[Consumer]:
    for source, document, span in (*entry.read, *entry.implicit):
        consumer = pipelines.consumer(document)
        kind = "workflow" if consumer == "github-actions" else "pipeline" if consumer else "file"
        yield Consumer(kind, entry.name, mask_shapes(source), document.position(span.start).line + 1)


def _stored(collector: Collector, sightings: Iterable[Sighting], key: bytes) -> dict[str, frozenset[str]]:
    """The fingerprints in dotenv files, by name."""
    found: dict[str, set[str]] = {}
    for document in filter(keeps_values, _dotenv_files(collector)):
        for name, value in dotenv.values(document).items():
            if value:
                found.setdefault(name, set()).add(fingerprint(value, key))
    for sighting in sightings:
        for name in sighting.names:
            found.setdefault(name, set()).add(sighting.id)
    return {name: frozenset(ids) for name, ids in found.items()}
