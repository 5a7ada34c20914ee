"""The steps that a fix leaves to the owner of the secrets: revoke them, set them where programs run, load `.env`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unspill.app.fixing import Holder
from unspill.model import revoking
from unspill.output.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from unspill.app.fixing import Moved

_SETTING = {
    Holder.SPACE: ("Set the Space's secrets: hf spaces secrets add OWNER/NAME {}", "-s {}", " "),
    Holder.ACTIONS: ("Set the repository's Actions secrets: {}", "gh secret set {}", " && "),
    Holder.PIPELINE: ("Set the project's CI/CD variables, masked: {}", "{}", ", "),
    Holder.DEPLOYMENT: ("Where the program is deployed, set in its settings: {}", "{}", ", "),
}
"""For each holder, a sentence, how it says a name, and what separates names."""


def steps(moved: Sequence[Moved]) -> list[str]:
    """The steps, as sentences."""
    revoked = dict.fromkeys((one.title, one.revoke) for one in moved if one.revoke)
    found = [f"Revoke the exposed {printable(title)}: {revoking(url)}" for title, url in revoked]
    for holder, (step, one_name, separator) in _SETTING.items():
        if names := sorted({name for one in moved if one.holder is holder for name in one.declared}):
            found.append(step.format(separator.join(map(one_name.format, names))))
    found += _loading(moved)
    if quoted := sorted({name for one in moved for name in one.quoted}):
        from unspill.fixes.store import DOCKER_STEP

        found.append(DOCKER_STEP.format(names=", ".join(quoted)))
    return found


def _loading(moved: Iterable[Moved]) -> Iterator[str]:
    """How programs get the values of `.env`, where nothing loads it."""
    paths: dict[str, dict[str, None]] = {}
    for one in moved:
        if one.unloaded:
            paths.setdefault(one.unloaded, {})[printable(one.path)] = None
    for loading, some in paths.items():
        yield f"Nothing loads .env: {loading.replace('{files}', ', '.join(some))}"
