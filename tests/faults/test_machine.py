"""Machines without room, permission, a home or a terminal; signals; and a value in every place that could show it."""

from __future__ import annotations

import hashlib
import html.parser
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from unspill.output import OUTPUTS

from tests.cli import environment, unspill, write
from tests.faults.common import HANG, OBEDIENT, UNSPILL, Started, found, held, leak, linux, posix, process, shown
from tests.helpers import token

if TYPE_CHECKING:
    from collections.abc import Iterator

T = token(1)
CHECK = (*UNSPILL, "check", "--format", "json")


def within(cache: Path, **more: str) -> dict[str, str]:
    """An environment with a cache of its own."""
    return environment(cache.parent / "nobody", XDG_CACHE_HOME=str(cache), **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many files that it is remembered which were clean, and one with a token."""
    made = tmp_path_factory.mktemp("machine") / "r"
    write(made, {f"{number:03}.py": f"x = {number}\n" for number in range(600)})
    write(made, {"zz.py": leak(1)})
    for path in made.iterdir():  # what has just changed is not remembered
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return made


@pytest.fixture(scope="module")
def filled(folder: Path) -> Path:
    """A cache after one run."""
    cache = folder.parent / "cache"
    held(process(folder, *CHECK, env=within(cache)), T)
    return cache


def files(cache: Path) -> list[Path]:
    """What a cache holds."""
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_a_cache_holds_no_value_and_no_hash_of_one(folder: Path, filled: Path) -> None:
    """Nobody who reads it can tell what was found, or look whether a text that they know was scanned."""
    held_back = b"".join(path.read_bytes() for path in files(filled))
    assert shown(held_back.decode("latin-1"), [T]) == []
    assert b"zz.py" not in held_back
    for data in (T.encode(), leak(1).encode(), b"x = 1\n"):
        for name in ("md5", "sha1", "sha256", "blake2b", "blake2s"):
            digest = hashlib.new(name, data, usedforsecurity=False).digest()
            assert digest[:8] not in held_back
            assert digest.hex()[:16].encode() not in held_back
    assert all(path.stat().st_mode & 0o077 == 0 for path in (filled / "unspill").rglob("*") if path.is_dir())


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b'{"key": 1', b"[" * 100_000], ids=["cut", "deep"])
def test_two_servers_share_a_corrupt_cache(tmp_path: Path, folder: Path, filled: Path, damage: bytes) -> None:
    """Both find what is there, and leave a cache that can be used."""
    cache = shutil.copytree(filled, tmp_path / "cache")
    for path in files(cache):
        path.write_bytes(damage)
    env = within(cache)
    with Started(folder, env=env, values=[T]) as one, Started(folder, env=env, values=[T]) as other:
        for editor in (one, other):
            editor.open((folder / "zz.py").as_uri(), leak(1))
        for editor in (one, other):
            assert len(editor.diagnostics((folder / "zz.py").as_uri())) == 1
    assert found(held(process(folder, *CHECK, env=env), T)) == ["zz.py"]


def read_only(cache: Path) -> None:
    """A folder that nothing can be written to."""
    cache.mkdir()
    cache.chmod(0o500)


def a_file(cache: Path) -> None:
    """No folder at all."""
    cache.write_text("")


# Files may have so few bytes that nothing of a cache fits, as on a disk without room; nor would Python's own (-B).
FULL = (
    sys.executable,
    "-c",
    (
        "import os, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "os.execv(sys.executable, [sys.executable, '-B', *sys.argv[1:]])"
    ),
    *UNSPILL[1:],
)


@pytest.mark.slow
@posix
@pytest.mark.parametrize("make", [read_only, a_file, None], ids=lambda make: make and make.__name__)
def test_without_a_cache_everything_is_found(tmp_path: Path, folder: Path, make: Any) -> None:
    """A cache that cannot be written, or has no room, is done without, quietly; a report with no room is an error."""
    cache = tmp_path / "cache"
    if make is not None:
        make(cache)
    ran = held(process(folder, *(OBEDIENT if make else FULL), *CHECK[3:], env=within(cache)), T)
    assert (ran.code, found(ran), ran.err) == (1, ["zz.py"], "")
    if make is None:
        assert files(cache) == []
        write(tmp_path, {"r/a.py": "".join(leak(seed) for seed in range(1, 40))})
        values = [token(seed) for seed in range(1, 40)]
        ran = held(process(tmp_path / "r", *FULL, *CHECK[3:], "-o", "report.json"), *values)
        assert (ran.code, "report.json: cannot be written" in ran.err) == (2, True)
        ran = held(process(tmp_path / "r", *FULL, "fix"), *values)
        assert ran.code == 2
        assert sorted(path.name for path in (tmp_path / "r").iterdir()) == ["a.py"]


def test_a_clock_that_jumps(tmp_path: Path, folder: Path, filled: Path) -> None:
    """A file from the future, or one that keeps its size and time when it changes, is read again."""
    cache = shutil.copytree(filled, tmp_path / "cache")
    changed = shutil.copytree(folder, tmp_path / "r")
    env = within(cache)
    for when in (4_000_000_000, 1):
        for path in changed.iterdir():
            os.utime(path, (when, when))
        for _ in range(2):
            assert found(held(process(changed, *CHECK, env=env), T)) == ["zz.py"]
    same = changed / "000.py"
    same.write_text(leak(2))
    os.truncate(same, len(leak(2)))
    os.utime(same, (1, 1))
    assert found(held(process(changed, *CHECK, env=env), T, token(2))) == ["000.py", "zz.py"]


@pytest.mark.slow
def test_a_value_in_every_place(tmp_path: Path) -> None:
    """In a text, a name, settings, the environment and an argument: it is in no report, message, log or exception."""
    values = [token(seed) for seed in range(10, 20)]
    made = tmp_path / "r"
    write(
        made,
        {
            "a.py": f'x = "{values[0]}"  # {values[1]}\n',
            f"{values[2]}/{values[3]}.py": f'os.environ["{values[4]}"] = "{values[5]}"\n',
            ".env": f"{values[6]}=1\nB={values[7]}\n",
            "broken.toml": f'"{values[8]}" = [{values[8]}\n',
        },
    )
    for arguments in (
        *(("check", "-v", "--explain", "--confidence", "low", "--format", form) for form in OUTPUTS),
        ("check", f"{values[9]}.py"), ("check", f"--{values[9]}"), (values[9],), ("check", "--config", "broken.toml"),
        ("secrets",), ("baseline", "-o", "known"), ("fix", "--diff", "--unsafe"), ("fix", "-v", "--unsafe"),
        ("check", "--baseline", "known", "--format", "sarif"), ("init", "--diff", "--baseline"), ("doctor", "-v"),
        *((*name, "--format", "json") for name in (("doctor",), ("secrets",), ("init", "--diff"), ("fix", "--unsafe"))),
    ):  # fmt: skip
        held(unspill(made, *arguments, HF_TOKEN=values[9], SECRET_KEY=values[9]), *values)
    assert shown((made / "known").read_text() + (made / ".env.example").read_text(), values) == []
    log = tmp_path / "log"
    loud = (sys.executable, "-m", "unspill", "server", "-v", "--log-file", str(log))
    with Started(made, command=loud, values=values) as editor:
        editor.notify("$/setTrace", {"value": "verbose"})
        uri = (made / "b.py").as_uri()
        editor.open(uri, f'x = "{values[0]}"\n')
        span = editor.diagnostics(uri)[0]["range"]
        editor.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": span["start"]})
        for action in editor.actions(uri, span):
            assert shown(json.dumps(action), values) == []
        editor.notify("workspace/didChangeConfiguration", {"settings": {"unspill": {values[8]: values[9]}}})
        editor.answer("workspace/executeCommand", {"command": "no.such", "arguments": [{values[2]: values[3]}]})
    assert editor.log == ""
    assert "received textDocument/hover" in log.read_text()
    assert shown(log.read_text(), values) == []


MARKUP = [
    "=cmd('x').py", "+1.py", "@SUM(1).py", "<script>alert(1)<!--.py", "\"onload='x'.py", "a](javascript:x).py",
    "]]>.py", "::error::x.py", "%0A::set-env name=A::b.py", "&amp;.py", "<img src=x onerror=y>.py", "`rm`|$(x).py",
]  # fmt: skip


class Page(html.parser.HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.made: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note the element and its attributes."""
        self.made |= {tag, *(name for name, _ in attributes)}


@posix
def test_markup_in_names_stays_text(tmp_path: Path) -> None:
    """Names that a spreadsheet, a browser or a job's log would obey are escaped in the formats that those read."""
    made = tmp_path / "r"
    write(made, {name: f'<script>x = "{token(number)}"\n' for number, name in enumerate(MARKUP)})
    values = [token(number) for number in range(len(MARKUP))]
    ran = {
        form: held(unspill(made, "check", "--format", form), *values) for form in ("html", "junit", "github", "sarif")
    }
    assert {one.code for one in ran.values()} == {1}
    page = Page()
    page.feed(ran["html"].out)
    assert not {"script", "img", "onload", "onerror", "iframe", "src"} & page.made
    cases = ElementTree.fromstring(ran["junit"].out).iter("testcase")
    assert {name for case in cases for name in MARKUP if any(name in value for value in case.attrib.values())} == set(
        MARKUP
    )
    commands = [line for line in ran["github"].out.splitlines() if line.startswith("::")]
    assert all(line.startswith("::error file=") and line.count("::") == 2 for line in commands)
    json.loads(ran["sarif"].out)


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    """Locales and homes that people have who have set up nothing."""
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": environment(Path("x"))["PYTHONPATH"]}
    if "XDG_CACHE_HOME" in os.environ:
        bare["XDG_CACHE_HOME"] = os.environ["XDG_CACHE_HOME"]
    home = {"HOME": os.environ.get("HOME", "/")}
    yield "C", {**bare, **home, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    yield "cp1252", {**bare, **home, "PYTHONIOENCODING": "cp1252"}
    yield "no locale there is", {**bare, **home, "LC_ALL": "xx_YY.nothing"}
    yield "no home", bare
    yield "relative folders", {**bare, **home, "XDG_CONFIG_HOME": "relative", "XDG_CACHE_HOME": "relative"}
    yield "a proxy", {**bare, **home, "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}


@posix
@pytest.mark.parametrize(("env"), [env for _, env in environments()], ids=[name for name, _ in environments()])
def test_surroundings_without_anything(tmp_path: Path, env: dict[str, str]) -> None:
    """Without UTF-8, a home or a network: the same findings, names written with escapes, nothing on standard error."""
    made = tmp_path / "r"
    name = os.fsdecode(b"\xff" + "é-日-🙂.py".encode())
    write(made, {name: leak(1), ".gitignore": "ü*\n"})
    ran = held(process(made, *UNSPILL, "check", "-q", env=env), T)
    assert (ran.code, ran.err) == (1, "")
    ran = held(process(made, *CHECK, env=env), T)
    assert os.fsencode(found(ran)[0]) == os.fsencode(name)
    assert held(process(made, *UNSPILL, "fix", env=env), T).code == 0
    assert not (made / "relative").exists()


@posix
def test_a_user_without_a_home(tmp_path: Path) -> None:
    """Where the system knows none either, nothing is kept: least of all in what is scanned."""
    made = tmp_path / "r"
    write(made, {"a.py": leak(1)})
    code = (
        "import pwd, sys\n"
        "def unknown(_): raise KeyError\n"
        "pwd.getpwuid = unknown\n"
        "from unspill.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": environment(made)["PYTHONPATH"]}
    assert held(process(made, sys.executable, "-c", code, "check", env=env), T).code == 1
    assert sorted(os.listdir(made)) == ["a.py"]


@posix
def test_a_reader_that_has_enough(tmp_path: Path) -> None:
    """Cut off by `head`, the run ends as shells count that signal, and without a word."""
    made = tmp_path / "r"
    write(made, {"a.txt": "".join(f"k{number} = {token(number)}\n" for number in range(2000))})
    line = f'"{sys.executable}" -m unspill check; echo "code $?" >&2'
    ran = process(made, "sh", "-c", f"({line}) | head -n 1")
    assert (len(ran.out.splitlines()), ran.err) == (1, "code 141\n")


# Tells that the scan has begun, and waits there for a signal.
_WAITING = """
import signal, sys, time
from unspill import app
from unspill.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs in the background
count = app.Collector.count
def waiting(collector, size):
    count(collector, size)
    if collector.files == 3:
        print("begun", file=sys.stderr, flush=True)
        time.sleep(3600)
app.Collector.count = waiting
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@posix
@pytest.mark.parametrize(("name", "command", "code"), [("SIGTERM", "check", 3), ("SIGINT", "fix", 130)])
def test_signals(folder: Path, name: str, command: str, code: int) -> None:
    """An interrupted check says how much it has not looked at, an interrupted fix changes nothing; both end at once."""
    pipes: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    arguments = [sys.executable, "-c", _WAITING, command, "-j1", "--no-cache"]
    process = subprocess.Popen(arguments, cwd=folder, env=environment(folder.parent / "nobody"), text=True, **pipes)
    assert process.stderr is not None
    try:
        assert process.stderr.readline() == "begun\n"
        process.send_signal(signal.Signals[name])
        out, err = process.communicate(timeout=HANG)
    finally:
        process.kill()
    assert process.returncode == code
    assert "Traceback" not in err
    assert command == "fix" or "interrupted; files not checked: 598" in out
    assert (folder / "zz.py").read_text() == leak(1)


@linux
def test_the_network_is_never_needed(tmp_path: Path) -> None:
    """In a network namespace with nothing in it, or with sockets that fail, everything works."""
    made = tmp_path / "r"
    write(made, {"a.py": leak(1)})
    code = (
        "import socket, sys\n"
        "def refuse(*_, **__): raise AssertionError('a socket')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from unspill.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    for arguments, expected in ((["check", "-v"], 1), (["fix"], 0), (["secrets"], 0), (["rules"], 0), (["init"], 0)):
        assert held(process(made, sys.executable, "-c", code, *arguments), T).code == expected
