"""`unspill rotate` and the secrets of a Space: a push is noted, dates tick steps off, and say what is old."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING, Any

import pytest
from unspill import rules
from unspill.app.rotation import ledger
from unspill.app.rotation.ledger import Exposure, Tracked
from unspill.app.rotation.online import is_everywhere, was_set_after
from unspill.app.rotation.plan import OnlineSettings
from unspill.app.rotation.seen import Consumer
from unspill.net.hub import INSTALL

from tests.canaries import windows
from tests.cli import Ran, environment, git, unspill, write
from tests.helpers import token
from tests.hub import FakeHub, FakeSpace
from tests.test_online import own, secrets
from tests.test_rotate import loaded, needs_git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HAS_LIBRARY = importlib.util.find_spec("huggingface_hub") is not None
pytestmark = [
    pytest.mark.skipif(not HAS_LIBRARY, reason="huggingface_hub is not installed: pip install 'unspill[hub]'"),
    needs_git,
]
LEAKED, IN_WORKFLOW, NEW, OTHER = token(911), token(912), token(913), token(914)
BEFORE, AFTER = 1_764_000_000, 1_796_072_400
"""Seconds since 1970: well before and well after the Hub's `NOW`."""


@pytest.fixture(autouse=True)
def rules_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are loaded once for all tests: those of a checkout are many files."""
    monkeypatch.setattr(rules, "load", lambda paths: loaded(tuple(paths)))


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A Space whose code had two tokens; one of them is also used by a workflow."""
    root = tmp_path / "chat"
    write(root, {"README.md": "---\nsdk: gradio\n---\n", ".gitignore": ".env\n"})
    write(root, {"app.py": f'HF_TOKEN = "{LEAKED}"\nHF_CI_TOKEN = "{IN_WORKFLOW}"\n'})
    write(root, {".github/workflows/a.yml": "env:\n  HF_CI_TOKEN: ${{ secrets.HF_CI_TOKEN }}\n"})
    git(root, "init", "-q", "-b", "main")
    git(root, "remote", "add", "origin", "https://huggingface.co/spaces/me/chat")
    git(root, "add", ".")
    git(root, "commit", "-qm", "x", "--date", "2026-03-01T12:00:00+00:00")
    assert unspill(root, "rotate").code == 1
    code = "import os\nHF_TOKEN = os.environ['HF_TOKEN']\nHF_CI_TOKEN = os.environ['HF_CI_TOKEN']\n"
    write(root, {"app.py": code, ".env.example": "HF_TOKEN=\nHF_CI_TOKEN=\n"})
    return root


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A Hub with the Space, which has one secret."""
    with FakeHub(chat=FakeSpace(("HF_TOKEN",))) as made:
        yield made


def store(root: Path, first: str, second: str, changed: int = BEFORE) -> None:
    """Write `.env`, as if at a moment."""
    write(root, {".env": f"HF_TOKEN={first}\nHF_CI_TOKEN={second}\n"})
    os.utime(root / ".env", (changed, changed))


def rotate(hub: FakeHub, root: Path, *arguments: str) -> Ran:
    """Run `unspill rotate` with the Space."""
    words = ("rotate", "--space", "me/chat", "--allow-host", "127.0.0.1", "--format", "json")
    return unspill(root, *words, *arguments, stdin=b"", **own(hub, root))


def done(ran: Ran, name: str) -> set[str]:
    """The steps that are done for the exposed credential of a name."""
    rows: list[dict[str, Any]] = ran.report["credentials"]
    (found,) = [one for one in rows if name in one["names"] and one["steps"]]
    return {step["id"] for step in found["steps"] if step["done"]}


@pytest.mark.slow
def test_the_afternoon(app: Path, hub: FakeHub) -> None:
    """Plan, replace, push, plan: what is only in the Space is set and restarted; what a workflow has, too, is not."""
    assert done(unspill(app, "rotate", "--format", "json"), "HF_TOKEN") == {"clean"}
    store(app, NEW, OTHER)
    assert done(unspill(app, "rotate", "--format", "json"), "HF_TOKEN") == {"clean", "create"}
    ran = secrets(hub, app, "push", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert "Noted in the rotation plan for 2 credentials: `unspill rotate` shows what is left." in ran.out
    ran = unspill(app, "rotate", "--format", "json")
    assert done(ran, "HF_TOKEN") == {"clean", "create", "set", "restart"}
    assert done(ran, "HF_CI_TOKEN") == {"clean", "create"}
    kept = "".join(path.read_text() for path in (app / ".unspill").iterdir())
    values = {piece for value in (LEAKED, IN_WORKFLOW, NEW, OTHER) for piece in windows(value[3:])}
    assert not windows(kept + ran.out) & values


@pytest.mark.slow
def test_the_old_value_ticks_nothing(app: Path, hub: FakeHub) -> None:
    """A push of the exposed value itself is no replacement, and neither are its dates."""
    store(app, LEAKED, OTHER)
    ran = secrets(hub, app, "push", "HF_TOKEN", "--yes")
    assert (ran.code, "rotation" in ran.out) == (0, False)
    assert done(rotate(hub, app), "HF_TOKEN") == {"clean"}


@pytest.mark.slow
def test_the_old_value_comes_back(app: Path, hub: FakeHub) -> None:
    """What was noted does not count as long as `.env` has the old value again."""
    store(app, NEW, OTHER)
    assert secrets(hub, app, "push", "--yes").code == 0
    store(app, LEAKED, OTHER)
    assert done(unspill(app, "rotate", "--format", "json"), "HF_TOKEN") == {"clean"}


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "is_set"), [(BEFORE, True), (AFTER, False)])
def test_a_secret_that_was_set_by_hand(changed: int, is_set: bool, app: Path, hub: FakeHub) -> None:
    """It has the new value if it was set after `.env` had that; the ledger remembers it without the Hub."""
    store(app, NEW, OTHER, changed)
    hub.spaces["me/chat"].secrets["HF_TOKEN"]["updatedAt"] = "2026-11-30T20:15:00.000Z"
    found = {"clean", "create", *(("set", "restart") if is_set else ())}
    assert done(rotate(hub, app), "HF_TOKEN") == found
    assert done(unspill(app, "rotate", "--format", "json"), "HF_TOKEN") == found
    assert all(sent.method == "GET" for sent in hub.sent)


@pytest.mark.slow
def test_a_space_that_does_not_run_has_nothing_new(app: Path, hub: FakeHub) -> None:
    """As long as no container runs with it, nothing is restarted."""
    store(app, NEW, OTHER)
    hub.spaces["me/chat"].secrets["HF_TOKEN"]["updatedAt"] = "2026-11-30T20:15:00.000Z"
    hub.spaces["me/chat"].stages = ["BUILD_ERROR"]
    assert done(rotate(hub, app), "HF_TOKEN") == {"clean", "create"}


def test_an_incident_by_dates(tmp_path: Path, hub: FakeHub) -> None:
    """With --since, a name that is only online counts by its date; a later one ticks itself off."""
    root = tmp_path / "chat"
    write(root, {"README.md": "---\nsdk: gradio\n---\n", "app.py": "x = 1\n"})
    space = hub.spaces["me/chat"] = FakeSpace(("OLD_API_KEY", "NEW_API_KEY"))
    space.secrets["NEW_API_KEY"]["updatedAt"] = "2026-11-20T00:00:00.000Z"
    ran = rotate(hub, root, "--since", "2026-11-10")
    assert [one["names"] for one in ran.report["credentials"] if one["steps"]] == [["OLD_API_KEY"]]
    assert "create" not in done(ran, "OLD_API_KEY")
    space.secrets["OLD_API_KEY"]["updatedAt"] = "2026-11-30T20:15:00.000Z"
    assert done(rotate(hub, root, "--since", "2026-11-10"), "OLD_API_KEY") >= {"create", "set", "restart"}


def test_the_new_token_is_a_narrow_one(app: Path) -> None:
    """The step that creates it names what the app needs, and opens the page filled in; other secrets are left alone."""
    code = (
        "import os\nfrom huggingface_hub import InferenceClient\nInferenceClient('o/m', token=os.environ['HF_TOKEN'])\n"
    )
    write(app, {"app.py": code})
    rows = unspill(app, "rotate", "--format", "json").report["credentials"]
    texts = {
        name: step["text"] for one in rows for name in one["names"] for step in one["steps"] if step["id"] == "create"
    }
    link = (
        "https://huggingface.co/settings/tokens/new?tokenType=fineGrained&ownUserPermissions=inference.serverless.write"
    )
    assert texts["HF_TOKEN"].startswith(
        f"Create a new one: {link} (a fine-grained token with `inference.serverless.write`"
    )
    assert link not in texts["HF_CI_TOKEN"]


def test_refused(app: Path, hub: FakeHub) -> None:
    """Without an answer there is no plan: it would say that nothing is set."""
    hub.bad = {"GET secrets": [403]}
    ran = rotate(hub, app)
    assert (ran.code, ran.out, "403" in ran.err) == (2, "", True)


@pytest.mark.slow
def test_without_the_extra(app: Path, hub: FakeHub) -> None:
    """It is told what to install, and without --space a plan does not need it."""
    write(app.parent / "shadow", {"huggingface_hub.py": "raise ImportError"})
    paths = os.pathsep.join([str(app.parent / "shadow"), environment(app)["PYTHONPATH"]])
    words = ("rotate", "--space", "me/chat", "--allow-host", "127.0.0.1")
    ran = unspill(app, *words, stdin=b"", **own(hub, app, PYTHONPATH=paths))
    assert (ran.code, ran.err, hub.sent) == (2, f"unspill: {INSTALL}\n", [])
    assert unspill(app, "rotate", PYTHONPATH=paths).code == 1


# The pieces


@pytest.mark.parametrize(
    ("updated", "limit", "expected"),
    [
        ({"A": "2026-11-11T00:00:01Z"}, "2026-11-10", "2026-11-11T00:00:01Z"),
        ({"A": "2026-11-10T23:59:59Z"}, "2026-11-10", ""),
        ({"A": "2026-11-10T08:00:01Z"}, "2026-11-10T08:00:00Z", "2026-11-10T08:00:01Z"),
        ({"A": "2026-11-10T08:00:00Z"}, "2026-11-10T08:00:00Z", ""),
        ({"A": ""}, "2026-11-10", ""),
        ({}, "2026-11-10", ""),
    ],
)
def test_dates(updated: dict[str, str], limit: str, expected: str) -> None:
    """A day counts to its end, and what is unknown is not after anything."""
    settings = OnlineSettings("me/chat", updated, True, "")
    assert was_set_after(["A"], settings, limit) == expected
    assert was_set_after(["A"], settings._replace(is_running=False), limit) == ""
    assert was_set_after([], settings, limit) == ""


def test_every_holder_counts() -> None:
    """All Spaces must have been given a new value, and nothing else may hold the old one; files hold none."""
    space, file = Consumer("space", "A", "me/a"), Consumer("file", "A", "app.py", 1)
    one = Tracked("", ("A",), exposures=(Exposure("app.py"),), online={"me/a": "2026-11-30T20:15:00Z"})
    assert is_everywhere(one, [space, file])
    assert is_everywhere(one, [space._replace(where=".")])
    assert not is_everywhere(one, [file])
    assert not is_everywhere(one, [space, space._replace(where="me/b")])
    assert not is_everywhere(one, [space, space._replace(kind="workflow")])
    assert not is_everywhere(one._replace(incident="2026-11-30"), [space])
    assert not is_everywhere(one._replace(online={}), [space._replace(where=".")])


def test_ledgers_without_the_field_are_read(tmp_path: Path) -> None:
    """A ledger of before has no Spaces, and one with them is what was saved."""
    made = ledger.load(str(tmp_path))._replace(
        tracked={"ab" * 16: Tracked("x", online={"me/a": "2026-11-30T20:15:00Z"})}
    )
    ledger.save(str(tmp_path), made)
    assert ledger.load(str(tmp_path)).tracked == made.tracked
    path = tmp_path / ledger.FILE
    path.write_text(path.read_text().replace('"online"', '"later"'))
    assert ledger.load(str(tmp_path)).tracked["ab" * 16].online == {}
