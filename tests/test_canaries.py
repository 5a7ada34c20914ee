"""No value is seen in what a command leaves behind, whichever way it ends: streams, reports, caches, processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from unspill.output import OUTPUTS

from tests import canaries
from tests.canaries import place
from tests.cli import environment

LEVELS = {"plain": [], "quiet": ["-q"], "verbose": ["-v"], "explained": ["-v", "--explain", "--confidence", "low"]}
FULL = "/dev/full"
posix = pytest.mark.skipif(os.name == "nt", reason="signals and descriptors as POSIX has them")


class Yard(NamedTuple):
    """A project with values, and folders that are watched beside it."""

    folder: Path
    every: int
    """It has a value of every so many-th rule."""

    def run(self, *arguments: str | bytes, **given: object) -> subprocess.CompletedProcess[bytes]:
        """Run a command line with values in its environment, and hold that it leaves none anywhere."""
        program = given.pop("program", None)
        own, before = canaries.own(self.folder), self.beside()
        command = [sys.executable, *(["-c", program] if isinstance(program, str) else ["-m", "unspill"]), *arguments]
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 300, **given}
        done = subprocess.run(command, cwd=self.folder, env=self.environment(), **given)  # type: ignore[call-overload]
        left = [data for path, data in self.beside().items() if before.get(path) != data]
        new = [path.read_bytes() for path in canaries.own(self.folder) - own if path.name != ".env"]
        texts = [done.stdout or b"", done.stderr or b"", *left, *new]
        found = [sorted(canaries.canaries(self.every).leaks(text))[:5] for text in texts]
        assert found == [[]] * len(texts), arguments
        assert b"Traceback" not in (done.stderr or b"")
        return done  # type: ignore[no-any-return]

    def beside(self) -> dict[Path, bytes]:
        """What is in the folders that are watched."""
        files = (path for name in ("tmp", "cache", "out") for path in canaries.own(self.folder.parent / name))
        return {path: path.read_bytes() for path in files}

    def environment(self) -> dict[str, str]:
        """The variables of a run: a temporary and a cache folder of its own, and values in names that others give."""
        beside = self.folder.parent
        given = {name: str(beside / name) for name in ("tmp", "cache", "out")}
        for path in given.values():
            Path(path).mkdir(exist_ok=True)
        return environment(
            beside / "nobody",
            TMPDIR=given["tmp"],
            XDG_CACHE_HOME=given["cache"],
            GITHUB_STEP_SUMMARY=f"{given['out']}/summary.md",
            HF_TOKEN=place(35),
            GIT_AUTHOR_NAME=place(36),
        )


def yard(folder: Path, every: int) -> Yard:
    """A new yard. The rules are compiled before it holds any value: they have their own words in them."""
    new = Yard(folder / "project", every)
    new.folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "unspill", "check"], cwd=new.folder, env=new.environment(), timeout=300)
    canaries.project(new.folder, every)
    return new


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """Values of some rules."""
    return yard(tmp_path_factory.mktemp("few"), 120)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """A value of every rule."""
    return yard(tmp_path_factory.mktemp("everything"), 1)


@pytest.fixture
def fresh(few: Yard, tmp_path: Path) -> Yard:
    """A copy that a command may change; the compiled rules come along."""
    for name in ("project", "cache"):
        if (few.folder.parent / name).exists():
            shutil.copytree(few.folder.parent / name, tmp_path / name, symlinks=True)
    return Yard(tmp_path / "project", few.every)


def test_the_canary_sings(few: Yard) -> None:
    """What is looked for is what a report would show: the project's own files give it away."""
    found = canaries.canaries(few.every)
    texts = [path.read_bytes() for path in canaries.own(few.folder) if ".git" not in path.parts]
    assert len([text for text in texts if found.leaks(text)]) > 12
    assert len(found.lines) > 10


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_report_of_some_rules_shows_a_value(few: Yard, output: str) -> None:
    """No format shows a value at the most talkative level."""
    ran = few.run("check", "--format", output, *LEVELS["explained"])
    assert ran.returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize(("output", "level"), list(product(OUTPUTS, LEVELS)))
def test_no_report_of_any_rule_shows_a_value(everything: Yard, output: str, level: str) -> None:
    """No format shows a value of any rule at any level, on its stream or in a file."""
    assert everything.run("check", "--format", output, *LEVELS[level]).returncode == 1
    file = str(everything.folder.parent / "out" / "report")
    assert everything.run("check", "--format", output, *LEVELS[level], "-o", file).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["--diff", "--unsafe"])
def test_no_fix_of_many_rules_shows_a_value(kind: str, tmp_path: Path) -> None:
    """Neither what a fix would do nor what it does shows a value, of a tenth of all rules."""
    assert yard(tmp_path, 10).run("fix", kind).returncode in (0, 1)


COMMANDS: dict[str, tuple[tuple[str, ...], int]] = {
    "fix --diff": (("fix", "--diff"), 1),
    "fix --diff --unsafe": (("fix", "--diff", "--unsafe"), 1),
    "baseline": (("baseline", "-o", "../out/baseline"), 0),
    "secrets": (("secrets",), 0),
    "secrets as JSON": (("secrets", "--format", "json"), 0),
    "run": (("run", "--", "true", "python", "app.py"), 0),
    "run --strict": (("run", "--strict", "--", "true", "python", "app.py"), 125),
    "run as JSON": (("run", "--format", "json", "--", "true", "python", "app.py"), 0),
    "rules": (("rules", "huggingface-user-token"), 0),
    "init": (("init", "--diff", "--install", "unspill==0.1.0"), 1),
    "init for GitLab": (("init", "--diff", "--ci", "gitlab", "--install", "unspill==0.1.0"), 1),
    "init with a bad source": (("init", "--diff", "--install", f"{place(41)}$"), 2),
    "staged": (("check", "--staged", "--format", "sarif"), 1),
    "history": (("check", "--history", "--format", "json"), 1),
    "rotate": (("rotate",), 1),
    "rotate as JSON": (("rotate", "--format", "json"), 1),
    "rotate as Markdown": (("rotate", "--since", "2026-01-01", "--format", "markdown"), 1),
    "help": (("check", "--help"), 0),
    # values in arguments
    "no command": ((place(37),), 2),
    "no option": (("check", f"--{place(37)}"), 2),
    "no format": (("check", "--format", place(37)), 2),
    "no rule": (("rules", place(37)), 2),
    "no selected rule": (("check", "--select", place(37)), 2),
    "no path": (("check", f"{place(37)}.py"), 2),
    "no revision": (("check", "--since", place(37)), 2),
    "a tag": (("check", "--since", place(34)), 0),
    "no configuration": (("check", "--config", f"{place(37)}.toml"), 2),
    "no baseline": (("check", "--baseline", place(37)), 2),
    "no command to run": (("run", "--", place(37)), 127),
    "no dotenv file": (("run", "--env-file", place(37), "--", "true"), 125),
    "not a dotenv file": (("run", "--env-file", "app.py", "--", "true"), 0),
    "no port": (("server", "--tcp", place(37)), 2),
    "no credential": (("rotate", "--done", place(37), "set"), 2),
    "no step": (("rotate", "--done", "0", place(37)), 2),
    "no date": (("rotate", "--since", place(37)), 2),
    "no terminal": (("rotate", "--verify", "--revoke"), 2),
    "no rule to consent to": (("rotate", "--verify", "--yes", place(37)), 2),
    "no host": (("rotate", "--revoke", "--yes", "gitlab-pat", "--allow-host", f"{place(37)} x"), 2),
    "no place for a report": (("check", "-o", f"{place(37)}/{place(38)}/x"), 2),
    "excluded": (("check", "--exclude", place(37)), 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_shows_a_value(few: Yard, command: str) -> None:
    """No command shows a value of the project, of git, of its environment or of its arguments, at work or at fault."""
    arguments, code = COMMANDS[command]
    assert few.run(*arguments).returncode == code


@pytest.mark.parametrize("flag", ["-v", "--unsafe"])
def test_a_fix_shows_no_value(fresh: Yard, flag: str) -> None:
    """A fix that is made leaves values in the user's own files and in `.env` only."""
    assert fresh.run("fix", flag).returncode in (0, 1)


BROKEN = {
    "settings": ("unspill.toml", 'exclude = "{}'),
    "an unknown key": ("unspill.toml", '{} = "{}"\n'),
    "an unknown rule": ("unspill.toml", 'ignore = ["{}"]\n'),
    "a severity": ("unspill.toml", '[severity]\n"huggingface-user-token" = "{}"\n'),
    "pyproject.toml": ("pyproject.toml", '[tool.unspill]\nexclude = {{ {} = "{}" }}\n'),
    "a baseline": (".unspill-baseline", "{} {}\n"),
    "a rule file": ("rules.toml", '[provider]\nname = "x"\n[[credential]]\n{} = "{}"\n'),
    "a rule file that is none": ("rules.toml", "{} {}"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_no_broken_file_is_quoted(fresh: Yard, kind: str) -> None:
    """A mistake in settings, a baseline or a rule file is told without what stands there."""
    name, text = BROKEN[kind]
    if name == "pyproject.toml":
        (fresh.folder / "unspill.toml").unlink()
    (fresh.folder / name).write_text(text.format(place(38), place(39)))
    flags = {"rules.toml": ["--rules", name], ".unspill-baseline": ["--baseline", name]}.get(name, [])
    assert fresh.run("check", "-v", *flags).returncode == 2


@posix
@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2)])
def test_a_closed_stream_shows_no_value(few: Yard, closed: tuple[int, ...]) -> None:
    """Whoever cannot write to one stream writes no value to the other."""

    def close() -> None:
        for number in closed:
            os.close(number)

    few.run("check", "-v", preexec_fn=close)


@pytest.mark.skipif(not os.path.exists(FULL), reason="needs /dev/full")
@pytest.mark.parametrize("full", ["stdout", "stderr", "-o"])
def test_a_full_disk_shows_no_value(few: Yard, full: str) -> None:
    """Where a report cannot be written, no value is either."""
    with ExitStack() as stack:
        streams = {} if full == "-o" else {full: stack.enter_context(open(FULL, "wb"))}
        few.run("check", "-v", *(["-o", FULL] if full == "-o" else []), **streams)


# Ends in some way, or shows its workers, once it has counted in its third text.
_PROGRAM = """
import multiprocessing, os, signal, sys
from pathlib import Path
from unspill import app
from unspill.cli import main
from unspill.app import workers
signal.signal(signal.SIGINT, signal.default_int_handler)
count = app.Collector.count
def counted(collector, size):
    count(collector, size)
    if collector.files == 3:
        {then}
app.Collector.count = counted
if {parallel}:
    app.MANY_FROM = workers.PARALLEL_FROM = 1
    workers._BATCH = 1
sys.exit(main(sys.argv[1:]))
"""
ENDS = {
    "SIGINT": "os.kill(os.getpid(), signal.SIGINT)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGSEGV": "os.kill(os.getpid(), signal.SIGSEGV)",
    "a bug": "raise RuntimeError(collector.scanned_files, Path('app.py').read_text())",
    "no memory": "raise MemoryError(Path('app.py').read_text())",
}


@posix
@pytest.mark.parametrize(("end", "parallel"), [*((end, False) for end in ENDS), ("SIGINT", True), ("SIGKILL", True)])
def test_no_end_shows_a_value(few: Yard, end: str, *, parallel: bool) -> None:
    """However a run is ended, it shows no value, and leaves none in its temporary and cache folders."""
    program = _PROGRAM.replace("{then}", ENDS[end]).replace("{parallel}", str(parallel))
    done = few.run("check", "-v", *(["-j2"] if parallel else []), program=program)
    assert done.returncode in (1, 3, 70, -signal.SIGKILL, -signal.SIGSEGV, 143)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_no_worker_is_told_a_value(few: Yard) -> None:
    """What a process list shows of workers holds no value."""
    tell = "[sys.stderr.write(Path(f'/proc/{w.pid}/cmdline').read_text()) for w in multiprocessing.active_children()]"
    program = _PROGRAM.replace("{then}", tell).replace("{parallel}", "True")
    done = few.run("check", "-j2", program=program)
    assert done.stderr.count(b"-j2") == 2
