"""`unspill rotate`: the plan, the ledger, and what is left of a rotation, from exposed to dead and replaced."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unspill import rules
from unspill.app import Request
from unspill.app.rotation import ledger, rotate, steps
from unspill.app.rotation.ledger import Exposure, Ledger, Tracked
from unspill.app.rotation.plan import RotationOptions
from unspill.cli import main, rotation
from unspill.errors import ConfigError, StaleError, UserError
from unspill.project import remotes
from unspill.settings import Settings

from tests import spaces
from tests.canaries import windows
from tests.cli import git, write
from tests.helpers import token
from tests.proof.crashing import OPERATIONS, dies
from tests.samples import made
from tests.test_git_staged import commit, repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from unspill.app.rotation.plan import Credential, RotationPlan

GOLDEN = Path(__file__).parent / "golden" / "rotation.txt"
NOT_USED = ("replace", "link", "unlink") if sys.platform == "linux" else OPERATIONS
"""Operations that need not be part of replacing a file: those of one that is new, or of other systems."""
TODAY, LATER = "2026-11-30", "2026-12-02"
KEY = "ab" * 32
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="repositories are made with git")


MANY = token(1)


def plan_of(root: Path, *, today: str = TODAY, **options: Any) -> RotationPlan:
    """The plan for a folder."""
    request = Request((str(root),), lambda _, __: Settings(), str(root), jobs=1)
    return rotate(request, RotationOptions(today=today, **options))


def exposed(plan: RotationPlan) -> list[Credential]:
    """The credentials that have steps."""
    return [one for one in plan.credentials if one.steps]


def left(one: Credential) -> list[str]:
    """The steps of a credential that are not done."""
    return [step.id for step in one.steps if not step.is_done and not step.is_optional]


def kept(root: Path) -> bytes:
    """The bytes of the ledger."""
    return (root / ledger.FILE).read_bytes()


@pytest.fixture(autouse=True)
def rules_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are loaded once for all tests: those of a checkout are many files."""
    monkeypatch.setattr(rules, "load", lambda paths: loaded(tuple(paths)))


@cache
def loaded(paths: tuple[str, ...], load: Callable[[Iterable[str]], list[rules.Rule]] = rules.load) -> list[rules.Rule]:
    """The rules of these files."""
    return load(paths)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app with a token in its code, outside of any repository."""
    root = tmp_path / "app"
    write(root, {"pyproject.toml": "", "app.py": f'login(token="{MANY}")\n', ".gitignore": ".env\n"})
    return root


# The plan


@pytest.fixture
def demo(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """The demo Space with a history, and more values: of every overlap class, gone, in a workflow, in `.env`."""
    built = spaces.with_history(tmp_path / "chatbot")
    write(built.root, {".unspill/rotation.key": f"{KEY}\n", ".unspill/.gitignore": "*\n"})
    return built.root, built.values


@needs_git
def test_golden(demo: tuple[Path, dict[str, str]]) -> None:
    """The plan of the demo Space is what its golden file says (UNSPILL_GOLDEN=write rewrites it)."""
    root, _ = demo
    text = "\n".join(rotation.text(plan_of(root, public=True))) + "\n"
    text = re.sub(r"commit [0-9a-f]{12}", "commit <id>", text)
    if os.environ.get("UNSPILL_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


@needs_git
def test_no_value_leaves(demo: tuple[Path, dict[str, str]]) -> None:
    """No output, and nothing that is written, has a run of eight characters of any value."""
    root, values = demo
    plan = plan_of(root, since=TODAY)
    outputs = [*rotation.text(plan), *rotation.markdown(plan), json.dumps(rotation.content(plan)), repr(plan)]
    written = [path.read_text() for path in (root / ".unspill").iterdir()]
    random = {piece for value in values.values() for piece in windows(value.split("_")[-1].split("/")[-1])}
    assert not [text for text in (*outputs, *written) if windows(text) & random]
    assert windows(values["ONE"]) & random


@needs_git
def test_one_row_for_one_value(tmp_path: Path) -> None:
    """A value in files, commits and `.env` is one credential, with all its places and since when it was exposed."""
    root = repository(tmp_path / "r", {".gitignore": ".env\n", "a.py": f'HF_TOKEN = "{MANY}"\n'})
    commit(root, {"b.py": f'x = "{MANY}"\nprint(os.environ["HF_TOKEN"])\n'})
    git(root, "rm", "-q", "a.py")
    commit(root, {".gitignore": ".env\n.unspill\n"})
    write(root, {".env": f"HF_TOKEN={MANY}\n"})
    (one,) = exposed(plan_of(root))
    assert [(place.path, place.line, bool(place.commit)) for place in one.exposed] == [
        ("b.py", 1, False),
        ("a.py", 0, True),
        ("b.py", 0, True),
    ]
    assert one.names == ("HF_TOKEN",)
    assert one.since == min(place.day for place in one.exposed if place.day)
    assert [(use.kind, use.where, use.line) for use in one.uses] == [("file", "b.py", 2)]


@needs_git
def test_a_value_that_only_the_history_has_is_replaced_where_the_plan_says(tmp_path: Path) -> None:
    """Its new value is looked for under the first name of its rule; but not if that is another's."""
    pattern = "[1-9][0-9]{9}:AA[A-Za-z0-9_-]{32}[A-Za-z0-9]"
    root = repository(tmp_path / "r", {".gitignore": ".env\n.unspill\n", "a.py": f'bot("{made(pattern)}")\n'})
    commit(root, {"a.py": ""})
    (one,) = exposed(plan_of(root))
    assert one.names == ("TELEGRAM_BOT_TOKEN",)
    assert "`.env` as TELEGRAM_BOT_TOKEN" in next(step.text for step in one.steps if step.id == "set")
    write(root, {".env": f"TELEGRAM_BOT_TOKEN={made(pattern, 1)}\n"})
    assert left(exposed(plan_of(root))[0]) == ["set", "restart", "verify", "prove"]
    other = repository(tmp_path / "s", {"a.py": f'a("{made(pattern)}")\nb("{made(pattern, 1)}")\n'})
    commit(other, {".gitignore": ".env\n.unspill\n", "a.py": ""})
    assert {one.names for one in exposed(plan_of(other))} == {()}
    write(other, {".env": f"TELEGRAM_BOT_TOKEN={made(pattern, 2)}\n"})
    assert all("create" in left(one) for one in exposed(plan_of(other)))


def test_without_a_repository(app: Path) -> None:
    """The plan is made without the history, and says so; the way to purge one is left out."""
    plan = plan_of(app)
    assert plan.without_history == "not in a git repository"
    assert "Without the history: not in a git repository." in "\n".join(rotation.text(plan))
    (one,) = exposed(plan)
    assert [step.id for step in one.steps] == ["clean", "create", "set", "restart", "verify", "revoke", "prove"]
    assert rotation.content(plan)["purge"] is None


def test_a_repository_that_cannot_be_read(app: Path) -> None:
    """The files are planned for, and the plan is incomplete."""
    (app / ".git").mkdir()
    (app / ".git" / "HEAD").write_text("x")
    plan = plan_of(app)
    assert len(exposed(plan)) == 1
    assert any(".git" in skipped.path for skipped in plan.incomplete)


def test_what_opens_nothing_is_not_rotated(app: Path) -> None:
    """Published, retired and explicitly ignored values are no part of the plan."""
    write(
        app,
        {
            "app.py": f'x = "{MANY}"  # unspill: ignore[huggingface-user-token] revoked\n',
            "b.py": f'org = "{made("api_org_[A-Za-z]{34}")}"\n',
            "c.py": f'STRIPE_PUBLISHABLE_KEY = "{made("pk_live_51[A-Za-z0-9]{97}")}"\n',
        },
    )
    plan = plan_of(app)
    assert (plan.credentials, plan.left) == ((), 0)
    assert not (app / ".unspill").exists()


def test_what_is_known_to_a_baseline_is_rotated(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline keeps `check` quiet; the value is exposed all the same."""
    monkeypatch.chdir(app)
    assert main(["baseline"]) == 0
    assert len(exposed(plan_of(app))) == 1


def test_values_at_home_and_names_are_listed_without_steps(app: Path) -> None:
    """What only an ignored `.env` has, and what is only declared, is listed, and nothing is to be done about it."""
    write(app, {"app.py": "", ".env": f"HF_TOKEN={MANY}\n", ".env.example": "OPENAI_API_KEY=\nMODEL_NAME=\n"})
    plan = plan_of(app)
    assert {(one.names, one.state, one.steps) for one in plan.credentials} == {
        (("HF_TOKEN",), "unexposed", ()),
        (("OPENAI_API_KEY",), "unexposed", ()),
    }
    assert not (app / ".unspill").exists()


# The order


ORDERS = {
    "many": ["clean", "create", "set", "restart", "verify", "revoke", "prove", "purge"],
    "two": ["clean", "create", "set", "restart", "verify", "revoke", "prove", "purge"],
    "one": ["clean", "create", "set", "restart", "verify", "prove", "purge"],
    "family": ["clean", "create", "set", "restart", "verify", "prove", "purge"],
}
FIRST = {
    "many": ["revoke", "prove", "clean", "create", "set", "restart", "verify", "purge"],
    "one": ["create", "prove", "clean", "set", "restart", "verify", "purge"],
}


@needs_git
def test_the_order_is_that_of_the_class(demo: tuple[Path, dict[str, str]]) -> None:
    """The new one comes before the old one ends, unless one is all there can be; only abuse changes that for all."""
    root, _ = demo
    usual, public = exposed(plan_of(root)), exposed(plan_of(root, public=True))
    abused = exposed(plan_of(root, abuse=True))
    assert {one.overlap for one in usual} == {*ORDERS, ""}
    for one in usual:
        assert [step.id for step in one.steps] == ORDERS[one.overlap or "many"]
        assert not one.is_first
    for one in public:
        assert one.is_first == (one.overlap == "many")
    for one in abused:
        assert [step.id for step in one.steps] == FIRST["one" if one.overlap in ("one", "family") else "many"]


def test_public_does_not_hurry_what_nobody_saw(app: Path) -> None:
    """A value that only `.env` has is replaced in the usual order, even of a public repository."""
    write(app, {"app.py": "", ".env": f"HF_TOKEN={MANY}\n"})
    (one,) = exposed(plan_of(app, since=TODAY, public=True))
    assert not one.is_first


# Incidents


def test_an_incident_takes_all_that_was_set(app: Path) -> None:
    """With a day, values in an ignored `.env` and names whose values are elsewhere are to be rotated as well."""
    write(app, {".env": f"HF_TOKEN={token(2)}\n", ".env.example": "OPENAI_API_KEY=\nMODEL_NAME=\n"})
    found = exposed(plan_of(app, since=TODAY))
    assert sorted((one.names, bool(one.exposed), one.incident) for one in found) == [
        (("HF_TOKEN",), False, TODAY),
        (("HF_TOKEN_2",), True, TODAY),
        (("OPENAI_API_KEY",), False, TODAY),
    ]
    assert exposed(plan_of(app)) == found, "an incident is remembered"


def test_what_replaced_a_value_after_an_incident_is_not_rotated_again(app: Path) -> None:
    """The next run knows that a new value was not there in the first one; the old one still has to die."""
    write(app, {"app.py": "", ".env": f"HF_TOKEN={MANY}\n"})
    (before,) = exposed(plan_of(app, since="2026-05-31"))
    write(app, {".env": f"HF_TOKEN={token(2)}\n"})
    for options in ({"since": "2026-05-31"}, {}):
        plan = plan_of(app, today=LATER, **options)
        (one,) = exposed(plan)
        assert one.id == before.id
        assert left(one) == ["set", "restart", "verify", "revoke", "prove"]
        assert [other.state for other in plan.credentials if not other.steps] == ["unexposed"]


@needs_git
def test_what_was_committed_after_an_incident_is_counted(demo: tuple[Path, dict[str, str]]) -> None:
    """A later first commit is no part of the incident; the plan says how many were left out."""
    root, _ = demo
    found = plan_of(root, since="2026-02-01")
    assert {one.overlap for one in exposed(found) if one.exposed} == {"one", "family"}
    assert found.later == len(exposed(plan_of(root))) - 2
    assert f"Committed after 2026-02-01, and not listed: {found.later}." in "\n".join(rotation.text(found))
    assert plan_of(root, since="2026-03-01").later == 0


def test_a_second_incident_asks_for_names_again(app: Path) -> None:
    """What is known by name only has another value by then, so that the old ticks are no use."""
    write(app, {"app.py": "", ".env.example": "OPENAI_API_KEY=\n"})
    (one,) = exposed(plan_of(app, since="2026-05-31"))
    assert not plan_of(app, since="2026-05-31", done=((one.id, "all"),)).left
    assert not plan_of(app, today=LATER).left
    assert plan_of(app, today=LATER, since=LATER).left == len(one.steps) - 1


# Facts and ticks


def test_the_whole_way(app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """From exposed to refused: facts tick themselves, the user ticks the rest, and 0 means that nothing is left."""
    monkeypatch.chdir(app)
    assert main(["rotate"]) == 1
    (one,) = exposed(plan_of(app))
    assert (one.state, left(one)[0]) == ("exposed", "clean")
    assert main(["fix"]) == 0
    (one,) = exposed(plan_of(app))
    assert left(one)[0] == "create"
    assert one.exposed[0].line == 0
    write(app, {".env": f"HF_TOKEN={token(2)}\n"})
    (one,) = exposed(plan_of(app))
    assert left(one) == ["set", "restart", "verify", "revoke", "prove"]
    for step, state in (("set", "exposed"), ("restart", "replaced"), ("verify", "verified"), ("revoke", "revoked")):
        assert main(["rotate", "--done", one.id, step]) == 1
        assert exposed(plan_of(app))[0].state == state
    assert main(["rotate", "--done", one.id, "prove"]) == 0
    assert main(["rotate"]) == 0
    (one,) = exposed(plan_of(app))
    assert one.state == "refused"
    assert "Nothing left to do" in capsys.readouterr().out


def test_another_value_where_one_was_to_be_is_no_replacement(app: Path) -> None:
    """A name that `fix` would give tells of a new value only if that was not there before."""
    write(app, {".env": f"OTHER={token(2)}\n"})
    (one,) = exposed(plan_of(app))
    assert one.names == ("HF_TOKEN",)
    for text, step in ((f"HF_TOKEN={token(2)}\n", "create"), (f"HF_TOKEN={token(3)}\n", "set")):
        write(app, {"app.py": "", ".env": text})
        assert left(exposed(plan_of(app))[0])[0] == step


def test_ticks_are_not_trusted_against_facts(app: Path) -> None:
    """What `.env` shows to be undone is undone, whatever was ticked; a value that comes back is there again."""
    write(app, {"app.py": "", ".env": f"HF_TOKEN={token(2)}\n"})
    (one,) = exposed(plan_of(app, since=TODAY))
    with pytest.raises(UserError, match=r"`.env` still has the old value; replace it there first"):
        plan_of(app, done=((one.id, "set"),))
    with pytest.raises(UserError, match="still has the old value"):
        plan_of(app, done=((one.id, "all"),))
    write(app, {".env": "HF_TOKEN=\n"})
    assert not plan_of(app, done=((one.id, "all"),)).left
    write(app, {".env": f"HF_TOKEN={token(2)}\n", "b.py": f'x = "{token(2)}"\n'})
    (one,) = exposed(plan_of(app))
    assert left(one) == ["clean", "create", "set", "restart", "verify"]


def test_a_tick_can_be_taken_back(app: Path) -> None:
    """`--not-done` is the opposite of `--done`; both take several."""
    (one,) = exposed(plan_of(app))
    (ticked,) = exposed(plan_of(app, done=((one.id, "revoke"), (one.id[:4], "prove"))))
    assert set(left(one)) - set(left(ticked)) == {"revoke", "prove"}
    assert {step.day for step in ticked.steps} == {"", TODAY}
    assert exposed(plan_of(app, today=LATER, done=((one.id, "prove"),))) == [ticked], "the first day counts"
    (after,) = exposed(plan_of(app, undone=((one.id, "all"),)))
    assert after == one


@pytest.mark.parametrize(
    ("beginning", "step", "reason"),
    [
        ("ID", "clean", "clean is done when `unspill check` does not find the value any more"),
        ("ID", "purge", "unknown step 'purge' of .{8}; use create, set, restart, verify, revoke, prove or all"),
        ("zz", "set", "no exposed credential 'zz'; `unspill rotate` lists the ids"),
        ("", "set", "no exposed credential ''"),
    ],
)
def test_what_cannot_be_ticked(app: Path, beginning: str, step: str, reason: str) -> None:
    """The error says what can, and the ledger is as it was."""
    (one,) = exposed(plan_of(app))
    before = kept(app)
    with pytest.raises(UserError, match=f"--done: {reason}"):
        plan_of(app, today=LATER, done=((one.id if beginning == "ID" else beginning, step),))
    assert kept(app) == before


def test_an_ambiguous_id(tmp_path: Path) -> None:
    """The beginning of several ids is refused."""
    write(tmp_path / "app", {"a.py": "".join(f'x{number} = "{token(number)}"\n' for number in range(20))})
    found = exposed(plan_of(tmp_path / "app"))
    twice = next(one.id[0] for one in found if sum(other.id[0] == one.id[0] for other in found) > 1)
    with pytest.raises(UserError, match=r"is the beginning of \d+ ids; write more of it"):
        plan_of(tmp_path / "app", done=((twice, "set"),))


# The ledger


def test_the_ledger_is_private_and_stays(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ignores itself, is readable by its owner only, is neither scanned nor a leftover, and `fix` lets it be."""
    monkeypatch.chdir(app)
    plan_of(app)
    place = app / ".unspill"
    if os.name != "nt":
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert {stat.S_IMODE((app / name).stat().st_mode) for name in (ledger.FILE, ledger.KEY_FILE)} == {0o600}
    assert (place / ".gitignore").read_text() == "*\n"
    before = kept(app), (app / ledger.KEY_FILE).read_bytes()
    assert main(["fix"]) == 0
    assert main(["check"]) == 0
    assert (kept(app), (app / ledger.KEY_FILE).read_bytes()) == before


def test_an_id_is_the_same_in_every_run_of_a_project_and_in_no_other(app: Path, tmp_path: Path) -> None:
    """Fingerprints are keyed: nobody can tell from two ledgers that both have the same value."""
    shutil.copytree(app, tmp_path / "other")
    (one,), (again,), (other,) = (exposed(plan_of(root)) for root in (app, app, tmp_path / "other"))
    assert one.id == again.id != other.id


def unwritten(root: Path, **options: Any) -> Ledger:
    """The ledger that a run would write, not written."""
    found: list[Ledger] = []
    with patch.object(ledger, "save", lambda _, book: found.append(book)):
        plan_of(root, **options)
    return found[0]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_killed_run_is_resumed(app: Path, operation: str) -> None:
    """Wherever the process dies while it writes, the next run has the old ledger or the new one, and goes on."""
    (one,) = exposed(plan_of(app))
    new, at = unwritten(app, done=((one.id, "revoke"),)), 0
    old, root = ledger.load(str(app)), str(app)
    while dies(lambda: ledger.save(root, new), operation, at):
        found = ledger.load(root)
        assert found.tracked in (old.tracked, new.tracked)
        ledger.save(root, old._replace(before=found.before))
        at += 1
    assert ledger.load(root).tracked == new.tracked
    assert "revoke" not in left(exposed(plan_of(app))[0])
    assert at or operation in NOT_USED


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_killed_first_run_loses_nothing(app: Path, operation: str) -> None:
    """There is never a ledger without its key."""
    new, at, root = unwritten(app), 0, str(app)
    while dies(lambda: ledger.save(root, new), operation, at):
        assert ledger.load(root).tracked in ({}, new.tracked)
        shutil.rmtree(app / ".unspill", ignore_errors=True)
        at += 1
    assert ledger.load(root).tracked == new.tracked
    assert len(exposed(plan_of(app))) == 1


def test_a_concurrent_run_is_not_overwritten(app: Path) -> None:
    """A ledger that has changed since it was read is refused, as it is."""
    plan_of(app)
    first, second = ledger.load(str(app)), ledger.load(str(app))
    ledger.save(str(app), first._replace(seen=LATER))
    now = kept(app)
    with pytest.raises(StaleError):
        ledger.save(str(app), second._replace(seen="2026-12-03"))
    assert kept(app) == now


def test_a_run_that_is_always_late_gives_up(app: Path) -> None:
    """A ledger that changes under every attempt is an error that says so; one change costs another look."""
    saves = [StaleError(ledger.FILE), None]
    with patch.object(ledger, "save", side_effect=saves):
        assert len(exposed(plan_of(app))) == 1
    with (
        patch.object(ledger, "save", side_effect=StaleError(ledger.FILE)),
        pytest.raises(UserError, match="keeps changing; nothing was changed, run again later"),
    ):
        plan_of(app)


TEXTS = st.text(max_size=5)
DAYS = st.sampled_from(["", TODAY, LATER])
EXPOSURES = st.builds(Exposure, TEXTS, TEXTS, TEXTS)
TRACKED = st.builds(
    Tracked,
    TEXTS,
    st.lists(TEXTS).map(tuple),
    st.lists(TEXTS).map(tuple),
    st.lists(EXPOSURES).map(tuple),
    DAYS,
    DAYS,
    st.dictionaries(TEXTS, DAYS),
    st.sampled_from(["", KEY[:32]]),
    DAYS,
    st.sampled_from(["", "accepted", "revoked"]),
)


@pytest.mark.slow
@settings(deadline=None)
@given(tracked=st.dictionaries(st.from_regex("[0-9a-f]{32}", fullmatch=True), TRACKED, max_size=3), seen=DAYS)
def test_a_ledger_reads_back(tmp_path_factory: pytest.TempPathFactory, tracked: dict[str, Tracked], seen: str) -> None:
    """What is written is what is read, whatever paths and names are."""
    root = str(tmp_path_factory.mktemp("ledger"))
    ledger.save(root, Ledger(bytes.fromhex(KEY), seen, tracked))
    found = ledger.load(root)
    assert (found.key.hex(), found.seen, found.tracked) == (KEY, seen, tracked)


def test_a_ledger_without_what_providers_answered(app: Path) -> None:
    """One that was written before providers could be asked is used as it is."""
    (one,) = exposed(plan_of(app))
    plan_of(app, done=((one.id, "set"),))
    content = json.loads(kept(app))
    for row in content["credentials"].values():
        for key in ("verified", "sent", "answer"):
            del row[key]
    (app / ledger.FILE).write_text(json.dumps(content))
    assert "set" not in left(exposed(plan_of(app))[0])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "seen", "credentials", "done", "names", "rule"]), inner, max_size=4
        )
    ),
)


@settings(deadline=None)
@given(content=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20))
def test_a_broken_ledger_says_what_to_do(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever the file holds, it is used or refused with a remedy, and never touched."""
    root = tmp_path_factory.mktemp("ledger")
    write(root, {ledger.FILE: content, ledger.KEY_FILE: f"{KEY}\n"})
    try:
        ledger.load(str(root))
    except ConfigError as error:
        assert f"{ledger.FILE}: not a ledger of version 1; restore it, or move it away" in str(error)  # noqa: PT017
    assert kept(root) == content


def test_broken_files_end_the_run_before_anything_is_written(
    app: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A ledger, or a key, that cannot be used is a 2 with the remedy; both files stay as they are."""
    monkeypatch.chdir(app)
    plan_of(app)
    good = kept(app), (app / ledger.KEY_FILE).read_bytes()
    broken = {
        ledger.FILE: (b"{}", "not a ledger of version 1; restore it"),
        ledger.KEY_FILE: (b"x", "damaged; restore it"),
    }
    for name, (content, remedy) in broken.items():
        (app / name).write_bytes(content)
        assert main(["rotate"]) == 2
        assert f"{name}: {remedy}" in capsys.readouterr().err
        assert (app / name).read_bytes() == content
        for path, data in zip((ledger.FILE, ledger.KEY_FILE), good, strict=True):
            (app / path).write_bytes(data)
    (app / ledger.KEY_FILE).unlink()
    assert main(["rotate"]) == 2
    assert f"{ledger.KEY_FILE}: missing" in capsys.readouterr().err
    assert kept(app) == good[0]


def test_where_nothing_can_be_written(app: Path) -> None:
    """There is a plan all the same, which says that progress is not kept; ticks are refused."""
    (one,) = exposed(plan_of(app))
    with patch.object(ledger, "save", side_effect=UserError("x: cannot be written")):
        plan = plan_of(app)
        assert (exposed(plan), plan.unsaved) == ([one], "x: cannot be written")
        assert "Progress is not kept: x: cannot be written." in list(rotation.text(plan))
        with pytest.raises(UserError, match="x: cannot be written"):
            plan_of(app, done=((one.id, "set"),))


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_is_not_followed(app: Path, tmp_path: Path) -> None:
    """A ledger or folder that is a link is not used: the plan says so, and the target is left alone."""
    (tmp_path / "elsewhere").mkdir()
    (app / ".unspill").symlink_to(tmp_path / "elsewhere")
    plan = plan_of(app)
    assert ".unspill: cannot be written: is a symbolic link" in plan.unsaved
    assert list((tmp_path / "elsewhere").iterdir()) == []
    (app / ".unspill").unlink()
    write(app, {ledger.KEY_FILE: f"{KEY}\n"})
    (app / ledger.FILE).symlink_to(tmp_path / "none")
    with pytest.raises(ConfigError, match=r"rotation\.json: cannot be read"):
        plan_of(app)


# The command line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--since", "31.5.2026"], "argument --since: must be a date, such as 2026-07-16"),
        (["--since", "2026-02-30"], "argument --since: must be a date"),
        (["--since", "20260230"], "argument --since: must be a date"),
        (["--done", "a"], "argument --done: expected 2 arguments"),
        (["--format", "yaml"], "invalid choice"),
        (["nowhere"], "nowhere: no such file or folder"),
        ([".", ".."], "in different projects; rotate one at a time"),
    ],
)
def test_a_mistake_is_told(
    app: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    """Exit 2, one line, and no ledger."""
    monkeypatch.chdir(app)
    assert main(["rotate", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert not (app / ".unspill").exists()


def test_any_path_stands_for_its_project(app: Path) -> None:
    """A credential is replaced when it is so everywhere: a file or a folder is planned with the project around it."""
    write(app, {"sub/b.py": f'y = "{token(3)}"\n'})
    request = Request(("sub/b.py", "sub"), lambda _, __: Settings(), str(app), jobs=1)
    plan = rotate(request, RotationOptions(TODAY))
    assert plan.root == str(app.resolve())
    assert len(exposed(plan)) == 2


def test_markdown_is_a_checklist(app: Path) -> None:
    """Each step is a box, and nothing of a path is markup."""
    write(app, {"_a_*b*.py": f'x = "{token(5)}"\n'})
    lines = list(rotation.markdown(plan_of(app)))
    assert sum(line.startswith("- [ ] **") for line in lines) == plan_of(app).left
    assert any(r"\_a\_\*b\*.py:1" in line for line in lines)
    assert all(not re.search(r"(?<!\\)\*b|<value>", line) for line in lines)


@pytest.mark.parametrize("overlap", steps.CLASSES)
def test_every_class_has_words(overlap: str) -> None:
    """A class of a rule has a sentence, which Markdown and text show."""
    assert steps.CLASSES[overlap]


@pytest.mark.parametrize(
    ("url", "space"),
    [
        ("https://huggingface.co/spaces/me/my.app-1", "me/my.app-1"),
        ("https://me:secret@huggingface.co/spaces/me/app.git", "me/app"),
        ("git@hf.co:spaces/me/app", "me/app"),
        ("https://huggingface.co/me/model", ""),
        ("https://github.com/huggingface.co/spaces", ""),
    ],
)
def test_the_space_of_a_remote(tmp_path: Path, url: str, space: str) -> None:
    """Owner and name come from git's configuration, and nothing else of the address."""
    (tmp_path / "config").write_text(f'[core]\n\turl = x\n[remote "origin"]\n\turl = {url}\n\tfetch = +refs\n')
    assert remotes.space(str(tmp_path)) == space


def test_names_of_a_ledger_are_no_commands(app: Path) -> None:
    """What somebody has written into the ledger does nothing to a terminal, and nothing in a command that is copied."""
    write(app, {"README.md": "---\nsdk: gradio\napp_file: app.py\n---\n"})
    plan_of(app)
    place = app / ".unspill" / "rotation.json"
    content = json.loads(place.read_text())
    for row in content["credentials"].values():
        row["names"] = ["\x1b[2J$(id)"]
    place.write_text(json.dumps(content))
    plan = plan_of(app)
    for lines in (rotation.text(plan), rotation.markdown(plan)):
        shown = "\n".join(lines)
        assert "\x1b" not in shown
        assert " $(id)" not in shown
    assert r"secrets add OWNER/NAME -s '\x1b[2J$(id)'`" in "\n".join(rotation.text(plan))
