"""`unspill rotate --verify --revoke` as a process of its own: on a terminal, without one, and what it lets out."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.canaries import windows
from tests.cli import environment, unspill, write
from tests.helpers import token
from tests.net.servers import Authority, Providers, Received, Reply, surroundings
from tests.net.test_rotate import REVOKE, Hub, targets
from tests.terminal import HANG, terminal

GOLDEN = Path(__file__).parents[1] / "golden" / "rotation-network.txt"
OLD = token(1)
posix = pytest.mark.skipif(os.name == "nt", reason="terminals as POSIX has them")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app with a token in its code, outside of any repository."""
    root = tmp_path / "app"
    write(root, {"pyproject.toml": "", "app.py": f'login(token="{OLD}")\n', ".gitignore": ".env\n"})
    return root


@posix
def test_golden(app: Path, authority: Authority, providers: Providers) -> None:
    """A session on a terminal is what its golden file says (UNSPILL_GOLDEN=write rewrites it)."""
    providers.answers = hub = Hub(OLD, role="write")
    with surroundings(authority, providers) as (extra, tunnels):
        code, out, shown = terminal(app, ["y\n", "yes\n"], "rotate", "--verify", "--revoke", "-v", extra=extra)
        shown = shown.replace(str(tunnels.port), "3128")
    text = f"{shown}\n{'-' * 20}\n{out}"
    id_ = re.findall("(?m)^([0-9a-f]{8})  ", text)[0]
    text = text.replace(id_, "3f9a2c1b")
    text = re.sub(r"\d{4}-\d\d-\d\d", "2026-11-30", text)
    if os.environ.get("UNSPILL_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")
    assert (code, hub.revocations) == (1, 1)
    assert all(asked.startswith(b"CONNECT huggingface.co:443 ") for asked in tunnels.asked)


@posix
@pytest.mark.parametrize(
    ("said", "questions"), [(["\n", "\n"], 2), (["n\n", "n\n"], 2), (["\x04"], 1), (["\udcff\n", "y\x00\n"], 2)]
)
def test_a_no_sends_nothing(
    app: Path, authority: Authority, providers: Providers, said: list[str], questions: int
) -> None:
    """Return, n, what is no text and the end of input are a no: the proxy is not even connected to."""
    with surroundings(authority, providers) as (extra, tunnels):
        extra["PYTHONIOENCODING"] = "utf-8:strict"
        code, out, shown = terminal(app, said, "rotate", "--verify", "--revoke", extra=extra)
        assert (code, tunnels.asked, providers.received) == (1, [], [])
        assert shown.count("[y/N]") == questions
        assert "1 credential to rotate" in out


@posix
def test_what_was_typed_before_a_question_is_no_answer(app: Path, authority: Authority, providers: Providers) -> None:
    """Nobody consents to what they have not read: keys that were hit while another answer took long are dropped."""
    hub = Hub(OLD)

    def answers(received: Received) -> Reply:
        os.write(typing[0], b"y\n")  # while the first request runs
        return hub(received)

    providers.answers = answers
    with surroundings(authority, providers) as (extra, _):
        import pty

        opened, typing = pty.openpty, []

        def openpty() -> tuple[int, int]:
            pair = opened()
            typing.append(pair[0])
            return pair

        with patch.object(pty, "openpty", openpty):
            terminal(app, ["y\n", "n\n"], "rotate", "--verify", "--revoke", early="y\n", extra=extra)
    assert (hub.revocations, len(providers.received)) == (0, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--verify",), "--verify: no terminal to ask on; name the rule to consent to with --yes RULE"),
        (("--revoke",), "--revoke: no terminal to ask on"),
        (("--verify", "--revoke", "--yes", "huggingface-user-token"), "--yes consents to one of --verify and --revoke"),
        (("--yes", "huggingface-user-token"), "--yes and --allow-host are for --verify and --revoke"),
        (("--allow-host", "localhost"), "--yes and --allow-host are for --verify and --revoke"),
        (("--verify", "--yes", "hugging-face"), "--yes: unknown rule 'hugging-face'"),
        (("--verify", "--yes"), "argument --yes: expected one argument"),
    ],
)
def test_without_a_terminal(
    app: Path, authority: Authority, providers: Providers, arguments: tuple[str, ...], told: str
) -> None:
    """Nothing is sent, and the error says what to do; there is no ledger then."""
    with surroundings(authority, providers) as (extra, tunnels):
        ran = unspill(app, "rotate", *arguments, stdin=b"y\ny\n", **extra)
        assert (ran.code, tunnels.asked) == (2, [])
        assert told in ran.err
        assert len(ran.err.splitlines()) == 1
        assert not (app / ".unspill").exists()


def test_a_flag_consents_without_a_terminal(app: Path, authority: Authority, providers: Providers) -> None:
    """For the values of its rule, to the one thing that it is given with; JSON has what came of it."""
    providers.answers = hub = Hub(OLD)
    with surroundings(authority, providers) as (extra, _):
        ran = unspill(
            app, "rotate", "--verify", "--yes", "huggingface-user-token", "--format", "json", stdin=b"", **extra
        )
        assert (ran.code, hub.revocations) == (1, 0)
        (sent,) = json.loads(ran.out)["requests"]
        assert [answer["proven"] for answer in sent["answers"]] == ["live"]
        ran = unspill(app, "rotate", "--revoke", "--yes", "huggingface-user-token", stdin=b"", **extra)
        assert "not sent: clean, create, set, restart, verify not done; do that first, or use --abuse" in ran.err
        assert hub.revocations == 0
        ran = unspill(app, "rotate", "--revoke", "--abuse", "--yes", "huggingface-user-token", stdin=b"", **extra)
        assert (ran.code, hub.revocations) == (1, 1)
        assert "dead: huggingface.co refuses it (401)." in ran.err


@posix
def test_a_process_that_is_killed_while_it_revokes(app: Path, authority: Authority, providers: Providers) -> None:
    """The request has arrived, no answer comes back, the process is gone: the next run verifies, and sends no more."""
    hub = Hub(OLD, revokes=False)
    running: list[subprocess.Popen[bytes]] = []

    def answers(received: Received) -> Reply:
        if received.target == REVOKE:
            running[0].kill()
            running[0].wait(HANG)
        return hub(received)

    providers.answers = answers
    arguments = ["rotate", "--revoke", "--abuse", "--yes", "huggingface-user-token"]
    with surroundings(authority, providers) as (extra, _):
        with subprocess.Popen(
            [sys.executable, "-m", "unspill", *arguments],
            cwd=app,
            env=environment(app.parent / "nobody", **extra),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            running.append(process)
            process.wait(HANG)
        assert process.returncode == -signal.SIGKILL
        hub.live.clear()
        ran = unspill(app, *arguments, stdin=b"", **extra)
    assert "and is not sent again." in ran.err
    assert "dead: huggingface.co refuses it (401)." in ran.err
    assert targets(providers).count(("POST", REVOKE)) == 1


def test_a_proxy_that_cannot_be_used(app: Path, authority: Authority, providers: Providers) -> None:
    """It is an error of usage, before anything is sent."""
    with surroundings(authority, providers) as (extra, _):
        extra["HTTPS_PROXY"] = "socks5://127.0.0.1:1080"
        ran = unspill(app, "rotate", "--verify", "--yes", "huggingface-user-token", stdin=b"", **extra)
        assert ran.code == 2
        assert "HTTPS_PROXY: must be http://HOST:PORT" in ran.err


@pytest.mark.slow
@pytest.mark.parametrize(
    "flags",
    [("--verify", "--format", "json"), ("--revoke", "--abuse"), ("--verify", "--format", "markdown")],
)
def test_no_value_is_let_out(
    app: Path, authority: Authority, providers: Providers, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """Not on a stream at any verbosity, in a file, or in what the proxy sees; keys of connections are not logged."""
    providers.answers = Hub(OLD)
    keys = tmp_path / "keys.log"
    with surroundings(authority, providers) as (extra, tunnels):
        arguments: tuple[Any, ...] = (*flags, "--yes", "huggingface-user-token", "-v")
        debug = {"SSLKEYLOGFILE": str(keys), "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "default"}
        ran = unspill(app, "rotate", *arguments, stdin=b"", **extra, **debug)
    assert targets(providers)
    assert not keys.exists()
    written = [path.read_bytes().decode() for path in (app / ".unspill").rglob("*") if path.is_file()]
    seen = [asked.decode() for asked in tunnels.asked]
    assert not [text for text in (ran.out, ran.err, *written, *seen) if windows(text) & windows(OLD[3:])]
    assert re.search(r"(?m)^  GET huggingface\.co 200$", ran.err)
