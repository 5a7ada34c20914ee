"""`unspill secrets status` and `push`: against a Hub on loopback, through the Hub's own library."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import jsonschema
import pytest
from unspill.app.push import FILE
from unspill.cli import main
from unspill.errors import HubError, UserError
from unspill.net import hub as net
from unspill.net.hub import INSTALL, connect

from tests.canaries import windows
from tests.cli import Ran, environment, git, unspill, write
from tests.faults.common import posix
from tests.helpers import token
from tests.hub import CUT_OFF, DAY, HTML, REDIRECT, SLOW, FakeHub, FakeSpace, Sent
from tests.test_json import SCHEMAS, strict

if TYPE_CHECKING:
    from collections.abc import Iterator

HAS_LIBRARY = importlib.util.find_spec("huggingface_hub") is not None
pytestmark = pytest.mark.skipif(not HAS_LIBRARY, reason="huggingface_hub is not installed: pip install 'unspill[hub]'")

OWN, FIRST, SECOND = token(901), token(902), token(903)
"""The user's token, and the values of the app."""
FILES = {
    "README.md": "---\nsdk: gradio\napp_file: app.py\n---\n",
    "app.py": "import os\na = os.environ['HF_TOKEN']\nb = os.environ['OPENAI_API_KEY']\n"
    "c = os.environ['DB_PASSWORD']\n",
    ".env": f"HF_TOKEN={FIRST}\nDB_PASSWORD={SECOND}\nUNRELATED_KEY={token(904)}\n",
    ".env.example": "HF_TOKEN=\nDB_PASSWORD=\nOLD_KEY=\n",
    ".gitignore": ".env\n",
}
STATUS = """\
NAME            STATE       ONLINE            UPDATED     DECLARED        READ
OLD_KEY         collision   secret, variable  2026-10-02  .env.example:3
DB_PASSWORD     public      variable          2026-10-02  .env.example:2  app.py:4
HF_TOKEN        unset                                     .env.example:1  app.py:2
OPENAI_API_KEY  undeclared  secret            2026-10-02                  app.py:3
GONE_KEY        unused      secret            2026-10-02
MODEL                       variable          2026-10-02

me/chat (RUNNING): 6 names: 1 collision, 1 public, 1 unset, 1 undeclared, 1 unused.
Whoever can see the Space can read its variables: create new values for DB_PASSWORD, set them with
`unspill secrets push DB_PASSWORD --space me/chat`, and revoke the old ones.
A name cannot be both a secret and a variable: delete the variable with `hf spaces variables delete me/chat OLD_KEY`.
To set what the app needs: `unspill secrets push HF_TOKEN --space me/chat`.
To declare what the app reads: `unspill secrets init`.
"""
MUTATIONS = ["POST pause", "DELETE variables", "POST secrets", "POST secrets", "POST restart"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A Space with two values in `.env`."""
    folder = tmp_path / "chat"
    write(folder, dict(FILES))
    return folder


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    """A Hub with one Space, whose `DB_PASSWORD` is a variable."""
    with FakeHub(chat=FakeSpace(("HF_TOKEN",), ("DB_PASSWORD",))) as made:
        yield made


def own(hub: FakeHub, folder: Path, **extra: str) -> dict[str, str]:
    """The variables of a user who is logged in to the Hub, with all debugging on."""
    home = str(folder.parent / "hf")
    return {"HF_ENDPOINT": hub.address, "HF_TOKEN": OWN, "HF_HOME": home, "HF_DEBUG": "1", **extra}


def secrets(hub: FakeHub, folder: Path, *arguments: str) -> Ran:
    """Run `unspill secrets` in this process, without waiting, with the Hub on loopback, which is allowed."""
    words = ["secrets", *arguments, "--allow-host", "127.0.0.1"]
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    with (
        patch.dict(os.environ, own(hub, folder)),
        patch("time.sleep"),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        os.chdir(folder)
        try:
            return Ran(main(words), out.getvalue(), err.getvalue())
        finally:
            os.chdir(before)


def push(hub: FakeHub, folder: Path, *arguments: str) -> Ran:
    """Push without being asked."""
    return secrets(hub, folder, "push", *arguments, "--space", "me/chat", "--yes", "--wait", "20")


def process(hub: FakeHub, folder: Path, *arguments: str, **extra: str) -> Ran:
    """Run `unspill secrets` in a process of its own, which loads the library anew."""
    return unspill(folder, "secrets", *arguments, "--allow-host", "127.0.0.1", stdin=b"", **own(hub, folder, **extra))


def mutations(hub: FakeHub) -> list[str]:
    """The requests that change something."""
    return [what for what in hub.asked if not what.startswith("GET ")]


# Status


def test_status(app: Path) -> None:
    """Names, kinds and days of the Space against the contract, what is worst first, and what to do."""
    space = FakeSpace(("OPENAI_API_KEY", "OLD_KEY", "GONE_KEY"), ("DB_PASSWORD", "MODEL", "OLD_KEY"))
    with FakeHub(chat=space) as hub:
        ran = secrets(hub, app, "status", "--space", "me/chat")
        assert (ran.code, ran.out, ran.err) == (0, STATUS, "")
        assert secrets(hub, app, "status", "--space", "me/chat", "--check").code == 1
        ran = secrets(hub, app, "status", "--space", "me/chat", "--format", "json")
        assert mutations(hub) == []
    jsonschema.Draft202012Validator(strict(SCHEMAS["secrets"])).validate(ran.report)
    assert {one["name"]: one["state"] for one in ran.report["online"]["names"]} == {
        "OLD_KEY": "collision",
        "DB_PASSWORD": "public",
        "HF_TOKEN": "unset",
        "OPENAI_API_KEY": "undeclared",
        "GONE_KEY": "unused",
        "MODEL": "ok",
    }


def test_nothing_to_do(app: Path) -> None:
    """What is read, declared and set as a secret is fine; so is configuration as a variable, and what is optional."""
    write(
        app,
        {"app.py": "import os\na = os.environ['HF_TOKEN']\nb = os.getenv('MODE', 'x')\nc = os.getenv('C_KEY', '')\n"},
    )
    write(app, {".env.example": "HF_TOKEN=\n", ".env": ""})
    with FakeHub(chat=FakeSpace(("HF_TOKEN",), ("MODE",))) as hub:
        ran = secrets(hub, app, "status", "--space", "me/chat", "--check")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "me/chat (RUNNING): 2 names.")


def test_what_the_app_itself_does_not_read_is_not_unset(app: Path, hub: FakeHub) -> None:
    """A secret of workflows and one of tests are declared and in `.env`, and the Space can do without."""
    workflow = "env:\n  DEPLOY_TOKEN: ${{ secrets.DEPLOY_TOKEN }}\n"
    write(app, {".github/workflows/a.yml": workflow, "tests/test_a.py": "import os\na = os.environ['TEST_KEY']\n"})
    write(app, {".env": f"DEPLOY_TOKEN={FIRST}\nTEST_KEY={SECOND}\n", ".env.example": "DEPLOY_TOKEN=\nTEST_KEY=\n"})
    out = secrets(hub, app, "status", "--space", "me/chat").out
    assert "DEPLOY_TOKEN" not in out
    assert "TEST_KEY" not in out


def test_the_space_is_that_of_a_remote(app: Path, hub: FakeHub) -> None:
    """Without --space it is the Space that a git remote names; without a remote it must be named."""
    missing = secrets(hub, app, "status")
    assert (missing.code, "--space owner/name" in missing.err, hub.sent) == (2, True, [])
    git(app, "init", "-q")
    git(app, "remote", "add", "origin", f"https://user:{token(905)}@huggingface.co/spaces/me/chat")
    ran = secrets(hub, app, "status")
    assert ran.code == 0
    assert "me/chat" in ran.out


def test_secrets_of_a_static_space_are_public(app: Path) -> None:
    """Status says so, and push refuses before anything is sent that changes something."""
    with FakeHub(chat=FakeSpace(("HF_TOKEN",), sdk="static")) as hub:
        ran = secrets(hub, app, "status", "--space", "me/chat")
        assert re.search(r"HF_TOKEN +public +secret", ran.out)
        assert "A static Space sends every visitor its secrets" in ran.out
        refused = push(hub, app)
        assert (refused.code, "OAuth" in refused.err, mutations(hub)) == (2, True, [])


def test_one_app_has_one_space(tmp_path: Path, hub: FakeHub) -> None:
    """Where there are several apps, the user says which."""
    for name in ("a", "b"):
        write(tmp_path / "r" / name, dict(FILES))
    ran = secrets(hub, tmp_path / "r", "status", "--space", "me/chat")
    assert (ran.code, "name the folder of one: a, b" in ran.err) == (2, True)
    assert secrets(hub, tmp_path / "r", "status", "a", "--space", "me/chat").code == 0


# Push


def test_push(app: Path, hub: FakeHub) -> None:
    """The Space is paused, a variable goes before its secret comes, and one start has all: the new container runs."""
    ran = push(hub, app)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "me/chat: set DB_PASSWORD, HF_TOKEN.\n"
        "Deleted variables, whose values were public: revoke those of DB_PASSWORD.\n"
        "The new container runs.\n"
    )
    assert mutations(hub) == MUTATIONS
    assert hub.spaces["me/chat"].containers == [({"HF_TOKEN": FIRST, "DB_PASSWORD": SECOND}, {})]
    assert hub.asked[-3:] == ["GET runtime", "GET secrets", "GET variables"]
    assert not (app / ".unspill").exists()


def test_no_value_but_in_the_request_that_sets_it(app: Path, hub: FakeHub) -> None:
    """No other traffic, output or file has a piece of a value, though the library's debugging is asked for."""
    values = windows(FIRST[3:]) | windows(SECOND[3:])
    left: list[str] = []
    hub.hook = lambda _: left.extend(path.read_text() for path in (app / ".unspill").glob("*"))
    words = ("push", "--space", "me/chat", "--yes", "-v")
    ran = process(hub, app, *words, HF_HUB_VERBOSITY="debug", PYTHONWARNINGS="default")
    assert any("push.json" not in text and "me/chat" in text for text in left)
    others = [str(sent) for sent in hub.sent if sent.what != "POST secrets"]
    heads = [sent.path + sent.token for sent in hub.sent]
    assert not windows("\n".join([ran.out, ran.err, *left, *others, *heads])) & values
    assert {sent.token for sent in hub.sent} == {f"Bearer {OWN}"}
    assert OWN not in ran.out + ran.err
    assert values <= windows("\n".join(sent.body for sent in hub.sent))


def test_chosen_names(app: Path, hub: FakeHub) -> None:
    """Only the secrets that are named are set; a name that the Hub does not take is refused before anything is."""
    assert push(hub, app, "UNRELATED_KEY").code == 0
    assert [json.loads(sent.body)["key"] for sent in hub.sent if sent.what == "POST secrets"] == ["UNRELATED_KEY"]
    hub.sent.clear()
    for name in ("2FAST", "SPACE_ID", "A-B", token(906)):
        ran = push(hub, app, name)
        assert (ran.code, mutations(hub), token(906) in ran.err) == (2, [], False)


def test_without_a_terminal_nothing_is_asked(app: Path, hub: FakeHub) -> None:
    """Without --yes, or without a value, push refuses, and nothing has changed."""
    ran = secrets(hub, app, "push", "--space", "me/chat")
    assert (ran.code, "--yes" in ran.err, mutations(hub)) == (2, True, [])
    ran = push(hub, app, "OPENAI_API_KEY")
    assert (ran.code, "no value in .env for OPENAI_API_KEY" in ran.err, mutations(hub)) == (2, True, [])


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    ("answer", "typed", "code"),
    [(b"y\n", FIRST.encode() + b"\n", 0), (b"\n", b"", 3), (b"x\n", b"", 3), (b"\xff\n", b"", 3)]
    + [(b"y\n", typed, 3) for typed in (b"\n", b"\x04", b"\xff\n")],
)
def test_on_a_terminal_it_asks(answer: bytes, typed: bytes, code: int, app: Path, hub: FakeHub) -> None:
    """Everything but a yes is a no; a value is typed without being seen, and without one nothing happens."""
    import pty

    controller, terminal = pty.openpty()
    words = ["secrets", "push", "OPENAI_API_KEY", "--space", "me/chat", "--allow-host", "127.0.0.1"]
    started = subprocess.Popen(
        [sys.executable, "-m", "unspill", *words],
        cwd=app,
        env={**environment(app.parent / "nobody"), **own(hub, app), "PYTHONIOENCODING": "utf-8:strict"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    shown = _until(controller, "[y/N] ")
    os.write(controller, answer)
    if typed:
        shown += _until(controller, "OPENAI_API_KEY: ")
        os.write(controller, typed)
    shown += _until(controller, "")
    assert started.wait(60) == code
    os.close(controller)
    assert "OPENAI_API_KEY  you are asked for it" in shown
    assert FIRST not in shown
    assert ("Nothing was set." in shown) is (code == 3)
    assert bool(mutations(hub)) is (code == 0)


def _until(terminal: int, end: str) -> str:
    """What is written to a terminal until a text, or all of it."""
    shown = ""
    while not end or not shown.endswith(end):
        try:
            read = os.read(terminal, 1024).decode(errors="replace")
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read
    return shown


@pytest.mark.parametrize("stage", ["PAUSED", "SLEEPING", "STOPPED"])
def test_a_space_at_rest_stays_so(stage: str, app: Path, hub: FakeHub) -> None:
    """What its owner has paused, or nobody has visited, is not started, and costs nothing."""
    hub.spaces["me/chat"].stages = [stage]
    ran = push(hub, app)
    assert (ran.code, mutations(hub)) == (0, ["DELETE variables", "POST secrets", "POST secrets"])
    assert "The Space is paused or asleep, as before" in ran.out


def test_a_space_that_wakes_meanwhile_is_started_again(app: Path, hub: FakeHub) -> None:
    """It was asleep when the user was asked, and runs when the first secret is set."""
    hub.spaces["me/chat"].stages = ["RUNNING", "SLEEPING"]
    ran = push(hub, app)
    assert (ran.code, mutations(hub), hub.spaces["me/chat"].stages) == (0, MUTATIONS, ["RUNNING"])


def test_a_space_that_does_not_start_is_repaired(app: Path, hub: FakeHub) -> None:
    """One without a container is not paused; its old error is not taken for that of the new container."""
    space = hub.spaces["me/chat"]
    space.stages, space.starts = ["CONFIG_ERROR"], ["CONFIG_ERROR", "APP_STARTING", "RUNNING"]
    ran = push(hub, app)
    assert (ran.code, mutations(hub)) == (0, MUTATIONS[1:])
    assert "The new container runs." in ran.out


def test_the_new_container_fails(app: Path, hub: FakeHub) -> None:
    """An error of the new container, and one that takes too long, are not a success."""
    space = hub.spaces["me/chat"]
    space.starts = ["BUILDING", "RUNTIME_ERROR"]
    ran = push(hub, app)
    assert (ran.code, "does not run yet (RUNTIME_ERROR): see `hf spaces logs me/chat`" in ran.out) == (3, True)
    space.stages, space.starts = ["RUNNING"], ["BUILDING"]
    ran = secrets(hub, app, "push", "--space", "me/chat", "--yes", "--wait", "1", "--format", "json")
    jsonschema.Draft202012Validator(strict(SCHEMAS["secrets"])).validate(ran.report)
    assert (ran.code, ran.report["pushed"]["stage"], ran.report["pushed"]["started"]) == (3, "BUILDING", True)


def test_not_waiting(app: Path, hub: FakeHub) -> None:
    """With --wait 0 the Space is still seen to stop first, and then nobody waits for it to run."""
    hub.spaces["me/chat"].stages = ["RUNNING"]
    ran = secrets(hub, app, "push", "--space", "me/chat", "--yes", "--wait", "0")
    assert (ran.code, "started again, and not waited for" in ran.out) == (0, True)
    assert hub.asked[-3:] == ["POST restart", "GET secrets", "GET variables"]


def test_a_value_from_elsewhere_is_not_pushed(app: Path, hub: FakeHub) -> None:
    """What `.env` takes from the environment is another one here than there, and may be the user's own token."""
    write(app, {".env": "HF_TOKEN=${HF_TOKEN}\nDB_PASSWORD=${HF_HOME}/x\nOPENAI_API_KEY=a${PART}\nPART=b\n"})
    ran = push(hub, app, "HF_TOKEN", "DB_PASSWORD")
    assert (ran.code, "no value in .env for HF_TOKEN, DB_PASSWORD" in ran.err, mutations(hub)) == (2, True, [])
    assert not windows(OWN[3:]) & windows("".join(sent.body for sent in hub.sent))


def test_what_the_hub_does_not_list_was_not_set(app: Path, hub: FakeHub) -> None:
    """A secret is set when the Hub lists it, not when it has answered 200."""
    space = hub.spaces["me/chat"]

    def forget(sent: Sent) -> None:
        if sent.what == "POST restart":
            del space.secrets["HF_TOKEN"]

    hub.hook = forget
    ran = push(hub, app)
    assert (ran.code, "Not set: HF_TOKEN." in ran.out) == (3, True)


# What goes wrong


SENTENCES: list[tuple[int | str, int, str]] = [
    (401, 2, "the Hub does not accept your token (401); run `hf auth login`, or set HF_TOKEN"),
    (
        403,
        2,
        "not allowed to do this (403: Due to the organization token policy, this token must be approved); use one",
    ),
    (404, 2, "no such Space, or your token cannot see it (404); check the name"),
    (400, 2, "the Hub rejects the request (400)"),
    (429, 3, "too many requests (429); run again in 55 seconds"),
    (500, 3, "the Hub has a problem (500); run again later"),
    (503, 3, "the Hub has a problem (503); run again later"),
    (REDIRECT, 2, "the Hub answers with another address (307); if the Space has a new name, use that"),
    (HTML, 3, "the answer is not one of the Hub's"),
    (CUT_OFF, 3, "the Hub cannot be reached"),
]


@pytest.mark.parametrize(("bad", "code", "sentence"), SENTENCES)
def test_a_refusal_is_a_sentence(bad: int | str, code: int, sentence: str, app: Path, hub: FakeHub) -> None:
    """Each refusal says what it means and what to do, on one line; what may pass is a 3."""
    hub.bad = {"GET secrets": [bad] * 9}
    ran = secrets(hub, app, "status", "--space", "me/chat")
    assert (ran.code, ran.out, ran.err.count("\n")) == (code, "", 1)
    assert ran.err.startswith("unspill: me/chat: ")
    assert sentence in ran.err


@pytest.mark.parametrize("bad", [401, 403, 429, 500, REDIRECT, CUT_OFF])
@pytest.mark.parametrize("request_", ["POST pause", "POST secrets", "DELETE variables"])
def test_a_push_that_is_cut_short(request_: str, bad: int | str, app: Path, hub: FakeHub) -> None:
    """It is told what was not set, the Space is started again if it was stopped, and a second push does the rest."""
    hub.bad = {request_: [0, bad] if request_ == "POST secrets" else [bad]}
    hub.spaces["me/chat"].starts = ["RUNNING"]
    ran = push(hub, app)
    assert ran.code in (2, 3)
    is_refused = request_ == "POST pause" and bad not in (429, 500, CUT_OFF)
    assert ("POST restart" in hub.asked) is not is_refused
    assert ("The Space was not stopped." if is_refused else "The Space was started again.") in ran.out
    assert "HF_TOKEN" in next(line for line in ran.out.splitlines() if line.startswith("Not set: "))
    assert not (app / FILE).exists()
    assert push(hub, app).code == 0
    assert hub.spaces["me/chat"].containers[-1] == ({"HF_TOKEN": FIRST, "DB_PASSWORD": SECOND}, {})


def test_a_space_that_cannot_be_started_is_remembered(app: Path, hub: FakeHub) -> None:
    """If the Hub does not start it, the user is told, and the next push starts it though it is paused."""
    hub.bad = {"POST restart": [500]}
    ran = push(hub, app)
    assert (ran.code, "hf spaces restart me/chat" in ran.out) == (3, True)
    assert "An earlier push was cut short" in secrets(hub, app, "status", "--space", "me/chat").out
    assert push(hub, app).code == 0
    assert hub.spaces["me/chat"].stages == ["RUNNING"]
    assert not (app / ".unspill").exists()


def test_an_error_while_waiting_is_not_the_end(app: Path, hub: FakeHub) -> None:
    """A Hub that is busy for a moment is asked again."""
    hub.bad = {"GET runtime": [0, 503, 429, CUT_OFF]}
    assert push(hub, app).code == 0


@pytest.mark.slow
@posix
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT], ids=["kill", "interrupt"])
def test_interrupted_anywhere(sign: signal.Signals, app: Path, hub: FakeHub) -> None:
    """Killed or interrupted at any request that changes something: after a second push the Space runs with all."""
    space = hub.spaces["me/chat"]
    space.starts = ["RUNNING"]
    words = ["secrets", "push", "--space", "me/chat", "--yes", "--allow-host", "127.0.0.1"]
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += f"from unspill.cli import main; sys.exit(main({words!r}))"
    for at in range(len(MUTATIONS)):
        space.secrets, space.variables = {}, {"DB_PASSWORD": {"value": "public", "updatedAt": DAY}}
        space.stages, space.containers = ["RUNNING"], []
        hub.sent.clear()
        started = subprocess.Popen(
            [sys.executable, "-c", code], cwd=app, env={**environment(app.parent / "nobody"), **own(hub, app)},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

        def hook(_: Sent, child: subprocess.Popen[bytes] = started, at: int = at) -> None:
            if len(mutations(hub)) == at + 1 and hub.asked[-1] == MUTATIONS[at]:
                child.send_signal(sign)

        hub.hook = hook
        shown = started.communicate(timeout=60)[0]
        hub.hook = lambda _: None
        if sign == signal.SIGINT:
            assert started.returncode == 130, shown
            assert space.stages[-1] == "RUNNING"
        assert push(hub, app).code == 0
        assert space.containers[-1] == ({"HF_TOKEN": FIRST, "DB_PASSWORD": SECOND}, {})
        assert all(secrets.keys().isdisjoint(variables) for secrets, variables in space.containers)
        assert space.stages[-1] == "RUNNING"
        assert not (app / ".unspill").exists()


# The client


def test_a_slow_hub_is_given_up(monkeypatch: pytest.MonkeyPatch, hub: FakeHub) -> None:
    """Each part of an answer has a time limit, which the library itself has not."""
    monkeypatch.setattr(net, "_TIMEOUT", 0.05)
    monkeypatch.setenv("HF_TOKEN", OWN)
    monkeypatch.setenv("HF_HUB_DISABLE_TELEMETRY", "1")
    client = connect({"HF_ENDPOINT": hub.address}, ["127.0.0.1"])
    for request, call in (("GET secrets", "names"), ("GET chat", "space"), ("GET runtime", "stage")):
        hub.bad = {request: [SLOW]}
        with pytest.raises(HubError, match="cannot be reached"):
            getattr(client, call)("me/chat")


@pytest.mark.parametrize(
    ("address", "allowed", "words"),
    [
        ("http://127.0.0.1:1", "other", "use --allow-host 127.0.0.1"),
        ("https://hf-mirror.example", "", "hf-mirror.example would get your token"),
        ("http://hub.example", "hub.example", "must be addressed by https"),
        ("https://huggingface.co.example/", "", "huggingface.co.example would get"),
        ("http://huggingface.co", "", "would get your token"),
        ("ftp://huggingface.co", "huggingface.co", "not the address of a Hub"),
        ("https://user:secret@huggingface.co", "huggingface.co", "not the address of a Hub"),
        ("https://[", "", "not the address of a Hub"),
    ],
)
def test_only_the_hub_gets_anything(address: str, allowed: str, words: str) -> None:
    """Another host, and one without encryption, is refused before the library is loaded, unless it is allowed."""
    with pytest.raises(UserError) as caught:
        connect({"HF_ENDPOINT": address}, [allowed])
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_not_logged_in(app: Path, hub: FakeHub) -> None:
    """Without a token nothing is sent, and the user is told how to log in."""
    ran = process(hub, app, "status", "--space", "me/chat", HF_TOKEN="")
    assert (ran.code, "hf auth login" in ran.err, hub.sent) == (2, True, [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", "nonsense://x"),
        ("HTTP_PROXY", "::::"),
        ("SSL_CERT_FILE", "missing.pem"),
        ("HF_HUB_OFFLINE", "1"),
    ],
)
def test_surroundings_that_allow_no_request(name: str, value: str, app: Path, hub: FakeHub) -> None:
    """The error names the variable to look at; nothing is sent."""
    ran = process(hub, app, "status", "--space", "me/chat", **{name: value})
    assert (ran.code, ran.err.count("\n"), name in ran.err, hub.sent) == (2, 1, True, [])


def test_keys_of_connections_are_not_logged(app: Path, hub: FakeHub) -> None:
    """With them, whoever has recorded a push could read its values."""
    keys = app.parent / "keys.log"
    assert process(hub, app, "status", "--space", "me/chat", SSLKEYLOGFILE=str(keys)).code == 0
    assert not keys.exists()


def test_a_host_is_allowed_however_it_is_written(app: Path, hub: FakeHub) -> None:
    """As in `rotate`; what is no host is an error."""
    address = hub.address.replace("127.0.0.1", "localhost")
    words = ["status", "--space", "me/chat", "--allow-host"]
    assert process(hub, app, *words, "LOCALHOST", HF_ENDPOINT=address).code == 0
    ran = process(hub, app, *words, "http://localhost")
    assert (ran.code, "--allow-host: 'http://localhost' is not a host" in ran.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("library", ["raise ImportError", "class HfApi: pass"], ids=["none", "too old"])
def test_without_the_extra(library: str, app: Path, hub: FakeHub) -> None:
    """Each command says what to install; the others do not need it."""
    shadow = app.parent / "shadow"
    write(shadow, {"huggingface_hub.py": library})
    paths = os.pathsep.join([str(shadow), environment(app)["PYTHONPATH"]])
    for words in (["status"], ["push", "--yes"]):
        ran = process(hub, app, *words, "--space", "me/chat", PYTHONPATH=paths)
        assert (ran.code, ran.err, hub.sent) == (2, f"unspill: {INSTALL}\n", [])
    assert unspill(app, "secrets", PYTHONPATH=paths).code == 0


@pytest.mark.parametrize(
    "words",
    [
        "--space me/chat",
        "--yes",
        "init --wait 5",
        "status --yes",
        "push --check",
        "status --space chat",
        "push --wait x",
    ],
)
def test_options_of_another_word(words: str, app: Path) -> None:
    """An option that does nothing is an error that says what it is for."""
    ran = unspill(app, "secrets", *words.split())
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


@pytest.mark.slow
@pytest.mark.parametrize("version", ["==1.20.0", ""], ids=["lowest", "newest"])
def test_versions_of_the_library(
    version: str, app: Path, hub: FakeHub, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The lowest version that is accepted, and the newest, read, set and wait alike, and send nothing else."""
    folder = tmp_path_factory.mktemp("library")
    words = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), f"huggingface_hub{version}"]
    installed = subprocess.run(words, capture_output=True, text=True, timeout=600)
    if installed.returncode:
        pytest.skip(f"huggingface_hub{version} cannot be installed: {installed.stderr.strip()[-200:]}")
    paths = os.pathsep.join([str(folder), environment(app)["PYTHONPATH"]])
    status = ("status", "--space", "me/chat")
    assert process(hub, app, "push", "--space", "me/chat", "--yes", PYTHONPATH=paths).code == 0
    assert mutations(hub) == MUTATIONS
    assert process(hub, app, *status, PYTHONPATH=paths).code == 0
    asked = {*MUTATIONS, "GET secrets", "GET variables", "GET runtime", "GET chat"}
    assert {*hub.asked} == asked
    hub.bad = {"GET secrets": [429]}
    assert "run again in 55 seconds" in process(hub, app, *status, PYTHONPATH=paths).err
