"""The afternoon of docs/incident.md as a user has it: command by command, with processes that die at every request.

Nothing is replaced in these processes: they reach the Hub by `HF_ENDPOINT`, and the providers by a proxy.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import shutil
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tests import spaces
from tests.canaries import windows
from tests.cli import ROOT, Ran, git
from tests.faults.common import posix
from tests.helpers import token
from tests.hub import FakeHub, FakeSpace, Sent
from tests.net.servers import Authority, Providers, Received, Reply, content, reply, shipped, surroundings
from tests.samples import made
from tests.terminal import terminal

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from unspill.providers import ProviderRequest

HAS_LIBRARY = importlib.util.find_spec("huggingface_hub") is not None
pytestmark = [
    posix,
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_LIBRARY, reason="huggingface_hub is not installed: pip install 'unspill[hub]'"),
    pytest.mark.skipif(shutil.which("git") is None, reason="the repository is made with git"),
]
OWN = token(990)
"""The user's own token, with which the Space's settings are changed."""
IN_SPACE = {
    "ANTHROPIC_API_KEY": "ANTHROPIC",
    "AWS_ACCESS_KEY_ID": "TWO",
    "GITHUB_TOKEN": "GITHUB",
    "GROQ_API_KEY": "GROQ",
    "HF_TOKEN": "HF_READ",
    "OPENAI_API_KEY": "OPENAI",
    "SLACK_WEBHOOK_URL": "SLACK",
    "STORAGE_HF_TOKEN": "HF_WRITE",
    "TAVILY_API_KEY": "TAVILY",
}
"""The names under which the Space has the exposed values, and their markers."""
ELSEWHERE = {"OAUTH_CLIENT_SECRET": "FAMILY", "TELEGRAM_BOT_TOKEN": "ONE"}
"""Those of a program that only the history has; there a new one ends the old one."""
NAMES = {**IN_SPACE, **ELSEWHERE}
LOOPBACK = " --allow-host 127.0.0.1"
"""What is only needed as this Hub is none."""
UNASKED = {"AWS_ACCESS_KEY_ID", "OAUTH_CLIENT_SECRET", "SLACK_WEBHOOK_URL"}
"""Those for which no documented request tells whether they are live."""
REVOCABLE = {"GITHUB_TOKEN", "HF_TOKEN", "STORAGE_HF_TOKEN"}
"""Those that can be revoked with nothing but themselves."""
FILE_EVENTS = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir")
DIES = f"""
import itertools, os, signal, sys
count, alone = itertools.count(), os.getpid()
def hook(event, _):
    if event in {FILE_EVENTS} and os.getpid() == alone and next(count) == at:
        os.kill(alone, signal.SIGKILL)
sys.addaudithook(hook)
"""
"""Makes a process die before the operation on files with the number `at`."""


class Accounts:
    """All providers: which values they accept, and what they were asked to revoke."""

    def __init__(self, known: set[str], live: set[str]) -> None:
        self.known, self.live = known, live
        self.revoked: list[str] = []
        self.wrong: list[str] = []
        """What arrived and should not have."""

    def __call__(self, received: Received) -> Reply:
        """The answer to a request, in which there must be one value, for its own provider."""
        value = next((value for value in self.known if value in received.text), "")
        for rule in shipped():
            for request in filter(None, (rule.verify, rule.revocation)):
                its = (request.method, request.url.replace("{secret}", value))
                is_its = its == (received.method, f"https://{received.host}{received.target}")
                if value and is_its and re.fullmatch(rule.pattern, value):
                    return self._answer(request, value)
        self.wrong.append(f"not for this host: a request to {received.host}")
        return reply(500)

    def _answer(self, request: ProviderRequest, value: str) -> Reply:
        if ends := (*request.accepted, *request.revoked):
            self.revoked.append(value)
            self.live.discard(value)
            return reply(ends[0].status, content(ends[0]))
        proof = (request.live if value in self.live else request.dead)[0]
        return reply(proof.status, content(proof))


class Afternoon:
    """A user in the demo Space, and everything that is said meanwhile."""

    def __init__(self, folder: Path, hub: FakeHub, providers: Providers, extra: dict[str, str]) -> None:
        built = spaces.with_history(folder / "chat")
        made_anew = {name: made(pattern, 1) for name, pattern in spaces.CLASSES.items()}
        again = {**spaces.values_of("chatbot", 1), **made_anew}
        self.root, self.hub = built.root, hub
        self.old = {name: built.values[marker] for name, marker in NAMES.items()}
        self.new = {name: again[marker] for name, marker in NAMES.items()}
        self.accounts = Accounts({*self.old.values(), *self.new.values()}, {*self.old.values()})
        self.said: list[str] = []
        self.typed: list[str] = []
        """The commands, each once in a row; without looks at the plan."""
        self.deaths = 0
        self._extra = {**extra, "HF_ENDPOINT": hub.address, "HF_TOKEN": OWN, "HF_HOME": str(folder / "hf")}
        self._changed: set[str] = set()
        self._running: subprocess.Popen[bytes] | None = None
        self._died_at: set[object] | None = None
        hub.hook = self._sent
        providers.answers = self._answers

    def run(self, *arguments: str, **options: Any) -> Ran:
        """Run a command, and say yes to all that it asks."""
        said = itertools.repeat("y\n")
        ran = terminal(self.root, said, *arguments, started=self._starts, extra=self._extra, **options)
        self.said += [ran.out, ran.err]
        self._note(" ".join(("unspill", *arguments)))
        assert "Traceback" not in ran.out + ran.err, ran.out + ran.err
        return ran

    def interrupted(self, *arguments: str) -> Ran:
        """Run a command until it ends by itself: its process dies whenever a request arrives for the first time."""
        self._died_at = set()
        while True:
            before = self.deaths
            ran = self.run(*arguments)
            if self.deaths == before:
                self._died_at = None
                return ran
            assert ran.code in (-signal.SIGKILL, 130), (ran.code, ran.out, ran.err)

    def torn(self, *arguments: str) -> Ran:
        """Run a command until it ends by itself: its process dies at its 1st, 2nd, 4th… operation on files."""
        for at in itertools.count():
            ran = self.run(*arguments, prelude=f"at = {2**at - 1}\n{DIES}")
            if ran.code != -signal.SIGKILL:
                return ran
            self.deaths += 1
        raise AssertionError

    def plan(self) -> dict[str, set[str]]:
        """The steps that are left, by the name of the credential."""
        ran = self.run("rotate", "--format", "json")
        rows = [one for one in ran.report["credentials"] if one["steps"]]
        assert len(rows) == len(NAMES)
        assert ran.code == int(bool(ran.report["left"]))
        self.ids = {one["names"][0]: one["id"] for one in rows}
        return {
            one["names"][0]: {step["id"] for step in one["steps"] if not step["done"] and not step["optional"]}
            for one in rows
        }

    def create(self, *names: str) -> None:
        """Create new values at the providers, and put them into `.env`; some end the old ones."""
        path = self.root / ".env"
        text = path.read_text()
        for name in names:
            self.accounts.live.add(self.new[name])
            text = text.replace(self.old[name], self.new[name])
            if name in ELSEWHERE:
                self.accounts.live.discard(self.old[name])
                text += f"{name}={self.new[name]}\n"
        path.write_text(text)

    def tick(self, step: str, *names: str) -> Ran:
        """Tick a step of credentials."""
        return self.run("rotate", *itertools.chain(*(("--done", self.ids[name], step) for name in names)))

    def _note(self, command: str) -> None:
        run, *ticks = command.replace(LOOPBACK, "").split(" --done ")
        for shown in [f"{run} --done ID {tick.split()[1]}" for tick in ticks] or [run]:
            if "--format" not in shown and shown not in self.typed[-1:]:
                self.typed.append(shown)

    def _starts(self, process: subprocess.Popen[bytes]) -> None:
        self._running = process

    def _sent(self, sent: Sent) -> None:
        given = json.loads(sent.body) if sent.what == "POST secrets" else {}
        if (windows(sent.body) & {*itertools.chain(*map(windows, self.accounts.known))}) and (
            given.get("value") != self.new.get(str(given.get("key")))
        ):
            self.accounts.wrong.append(f"{sent.what} has a value")
        assert self._running is not None
        once = f"{self._running.pid} {sent.what} {sent.body}"
        if sent.method != "GET" and once in self._changed:
            self.accounts.wrong.append(f"{sent.what} twice")
        self._changed.add(once)
        self._dies(sent._replace(token=""))

    def _answers(self, received: Received) -> Reply:
        answer = self.accounts(received)  # what was asked for is done, and nobody hears of it
        self._dies((received.method, received.text))
        return answer

    def _dies(self, request: object) -> None:
        """Kill or interrupt the process, by turns, if it is the first that has sent a request."""
        if self._died_at is None or request in self._died_at:
            return
        self._died_at.add(request)
        self.deaths += 1
        assert self._running is not None
        self._running.send_signal(signal.SIGKILL if self.deaths % 2 else signal.SIGINT)


@pytest.fixture
def afternoon(tmp_path: Path, authority: Authority, providers: Providers) -> Iterator[Afternoon]:
    """The demo Space with eleven exposed values, all of them live."""
    with FakeHub(chat=FakeSpace(tuple(IN_SPACE))) as hub, surroundings(authority, providers) as (extra, tunnels):
        one = Afternoon(tmp_path, hub, providers, extra)
        yield one
        assert one.accounts.wrong == []
        told = [*one.said, *(asked.decode() for asked in tunnels.asked)]
        told += [path.read_text() for path in (one.root / ".unspill").rglob("*") if path.is_file()]
        random = {piece for value in {*one.accounts.known, OWN} for piece in windows(value[-24:])}
        assert not [text for text in told if windows(text) & random]


@pytest.mark.parametrize("dies", [False, True], ids=["undisturbed", "interrupted"])
def test_the_afternoon(afternoon: Afternoon, *, dies: bool) -> None:
    """From exposed to dead and replaced: each command does its step, and nothing is left, however often it died."""
    one, hub = afternoon, afternoon.hub
    offline, online = (one.torn, one.interrupted) if dies else (one.run, one.run)
    assert one.run("check", "--history").code == 1
    assert offline("rotate").code == 1
    assert {name for name, left in one.plan().items() if "clean" in left} == {*IN_SPACE}

    assert "`git rm --cached .env` first" in " ".join(one.run("fix").out.split())
    git(one.root, "rm", "-q", "--cached", ".env")
    assert offline("fix").code == 0
    assert one.run("check").code == 0
    git(one.root, "add", ".")
    git(one.root, "commit", "-qm", "moved")
    assert {step for left in one.plan().values() for step in left if step in ("clean", "create")} == {"create"}

    one.create(*NAMES)
    assert [name for name, left in one.plan().items() if "create" in left] == []
    assert online("secrets", "push", *LOOPBACK.split()).code == 0
    space = hub.spaces["me/chat"]
    assert space.containers[-1] == ({name: one.new[name] for name in IN_SPACE}, {})
    assert space.stages[-1] == "RUNNING"
    by_hand = {*ELSEWHERE, "TAVILY_API_KEY"}
    assert {name for name, left in one.plan().items() if {"set", "restart"} & left} == by_hand
    one.tick("set", *by_hand)
    one.tick("restart", *by_hand)

    assert online("rotate", "--verify").code == 1
    left = one.plan()
    assert {name for name in NAMES if "verify" in left[name]} == UNASKED
    assert left["TELEGRAM_BOT_TOKEN"] == set()
    assert online("rotate", "--revoke").code == 1
    left = one.plan()
    assert {name for name in NAMES if not left[name]} == {*REVOCABLE, "TELEGRAM_BOT_TOKEN"}
    assert sorted(one.accounts.revoked) == sorted(one.old[name] for name in REVOCABLE)

    one.accounts.live.difference_update(one.old.values())  # on the pages of the plan
    assert online("rotate", "--verify").code == 1
    assert {name for name, steps in one.plan().items() if steps} == UNASKED
    ran = one.tick("all", *UNASKED)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Nothing left to do: 11 credentials, all steps done.")
    assert (one.run("check").code, one.run("rotate").code) == (0, 0)
    assert one.accounts.live == {*one.new.values()}
    assert (one.deaths > 40) == dies
    documented = (ROOT / "docs" / "incident.md").read_text(encoding="utf-8").partition("## Command by command")[2]
    lines = documented.split("```")[1].splitlines()
    assert one.typed == [line.partition("#")[0].rstrip() for line in lines if line.startswith("unspill ")]
