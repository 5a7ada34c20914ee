"""`unspill run`: what the command gets, what is missing, and that it is started as from a shell."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dotenv as reference
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unspill.app import programs
from unspill.app import run as starting
from unspill.app.run import Launch, prepare
from unspill.errors import CommandError

from tests.cli import environment, unspill, write
from tests.faults.common import HANG, OBEDIENT, linux, posix, shown
from tests.helpers import token
from tests.spaces import build
from tests.test_dotenv import ANYTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

T = token(1)
SHOW = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")
UNSPILL = (sys.executable, "-m", "unspill")


def got(folder: Path, *arguments: str, **extra: Any) -> dict[str, str]:
    """The environment of a command that is run with these arguments of `unspill run`."""
    ran = unspill(folder, "run", *arguments, "--", *SHOW, **extra)
    assert ran.code == 0, ran.err
    found: dict[str, str] = json.loads(ran.out)
    return found


def launch(folder: Path, words: str, **environment: str) -> Launch:
    """What a command line is started with in a folder."""
    return prepare(words.split(), [], str(folder), environment)


def unset(folder: Path, words: str = "python app.py", **environment: str) -> list[str]:
    """The names that a command line lacks in a folder."""
    return [one.name for one in launch(folder, words, **environment).unset]


# What the command gets


def test_the_command_gets_env_and_keeps_what_is_set(tmp_path: Path) -> None:
    """The values of `.env` are added, and those that are set already win, empty ones too; nothing is printed."""
    write(tmp_path, {".env": f"HF_TOKEN={T}\nexport A='b # c'\nSET=other\nEMPTY=x\nLONE\nB=\"${{A}}\\n${{SET}}\"\n"})
    found = got(tmp_path, SET="set", EMPTY="")
    assert (found["HF_TOKEN"], found["A"], found["B"]) == (T, "b # c", "b # c\nset")
    assert (found["SET"], found["EMPTY"]) == ("set", "")
    assert "LONE" not in found
    assert unspill(tmp_path, "run", "--", "true").err == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(source=ANYTHING.map(lambda text: text.replace("\0", "")), bom=st.sampled_from(["", "\ufeff"]))
def test_the_values_are_those_of_python_dotenv(tmp_path: Path, source: str, bom: str) -> None:
    """Any file in UTF-8, with a byte order mark and any line ends, gives what python-dotenv loads from it."""
    (tmp_path / ".env").write_bytes((bom + source).encode())
    with pytest.MonkeyPatch.context() as patch:
        for name in ("A", "B", "C"):
            patch.delenv(name, raising=False)
        patch.setenv("SET", "set")
        loaded = reference.dotenv_values(tmp_path / ".env")
    expected = {name: value for name, value in loaded.items() if value is not None and "=" not in name}
    expected.pop("SET", None)
    assert launch(tmp_path, "x", SET="set").values == expected


def test_later_files_win_and_replace_env(tmp_path: Path) -> None:
    """`--env-file` may be repeated: later files override earlier ones, may use their values, and `.env` is not read."""
    write(tmp_path, {".env": "C=3\n", "a": "A=1\nB=1\n", "b.env": "B=2\nD=${A}${B}\n"})
    found = got(tmp_path, "--env-file", "a", "--env-file=b.env", D2="x")
    assert (found["A"], found["B"], found["D"]) == ("1", "2", "12")
    assert "C" not in found
    assert "C" not in got(tmp_path, "--env-file", os.devnull)


@pytest.mark.parametrize(
    ("path", "words", "found"),
    [
        ("r/spaces/chat/.env", "python spaces/chat/app.py", True),
        ("r/.env", "python spaces/chat/app.py", True),
        ("r/.env", "sh x.sh", True),
        ("r/spaces/.env", "python spaces/chat/app.py", True),
        (".env", "python spaces/chat/app.py", False),
        ("r/spaces/chat/.env", "sh x.sh", False),
        ("r/spaces/chat/.env/x", "python spaces/chat/app.py", False),
    ],
)
def test_env_is_the_nearest_of_the_project(tmp_path: Path, path: str, words: str, found: bool) -> None:
    """It is looked for from the program's folder upwards, then from the working folder, never outside of the project.

    A folder of that name is a virtual environment.
    """
    write(tmp_path, {"r/.git/HEAD": "", "r/spaces/chat/app.py": "", path: "A=1\n"})
    made = launch(tmp_path / "r", words)
    assert made.values == ({"A": "1"} if found else {})
    assert made.searched == (() if found else ("spaces/chat", "spaces", ".") if "app.py" in words else (".",))


def test_a_link_is_followed(tmp_path: Path) -> None:
    """A work tree may share the `.env` of another."""
    write(tmp_path, {"shared": "A=1\n"})
    (tmp_path / ".env").symlink_to("shared")
    assert launch(tmp_path, "x").values == {"A": "1"}


def test_nothing_in_a_value_is_executed(tmp_path: Path) -> None:
    """What a shell would expand is handed on as it is."""
    write(tmp_path, {".env": 'A="$(touch made) `touch made` $HOME"\n'})
    assert got(tmp_path)["A"] == "$(touch made) `touch made` $HOME"
    assert not (tmp_path / "made").exists()


# What is missing

READS = """
import os
from os import environ as env
import helpers.db, local
from helpers import names as n
A = os.environ["NEEDED"]
B = os.getenv("OPTIONAL")
C = os.environ.get("PORT", "7860")
D = env["FROM_ENV"]
os.environ["WRITTEN"] = "x"
E = os.environ["WRITTEN"]
F = os.environ["SPACE_ID"], os.environ["HOME"]
G = os.getenv("DECLARED_KEY")
"""


def test_what_a_program_and_its_imports_lack_is_named(tmp_path: Path) -> None:
    """Names without which they fail, or that are declared, if neither environment nor `.env` nor the code sets them."""
    write(
        tmp_path,
        {
            "app.py": READS,
            ".env": "FROM_ENV=1\n",
            ".env.example": "DECLARED_KEY=\nNOT_READ=\n",
            "helpers/__init__.py": "from .inner import (  # comment\n    x,\n)\n",
            "helpers/inner.py": "import os\nos.environ['INNER']\n",
            "helpers/db.py": "import os; os.environ['DB']\n",
            "helpers/names.py": "import os; os.environ['NAMES']\n",
            "local.py": "import os\nfrom app import A\nos.environ['LOCAL']\n",
            "other.py": "import os; os.environ['OTHER']\n",
        },
    )
    ran = unspill(tmp_path, "run", "--", "true", "python", "app.py")
    assert ran.code == 0
    assert set(ran.err.splitlines()) == {
        f"unspill: {place} is not set; add it to .env"
        for place in (
            "app.py:6: NEEDED",
            "app.py:13: DECLARED_KEY",
            "helpers/inner.py:2: INNER",
            "helpers/db.py:1: DB",
            "helpers/names.py:1: NAMES",
            "local.py:3: LOCAL",
        )
    }
    assert unset(tmp_path, NEEDED="", DECLARED_KEY="x", INNER="1", DB="1", LOCAL="1") == ["NAMES"]


def test_strict_starts_nothing_that_lacks_a_name(tmp_path: Path) -> None:
    """With `--strict` a name that is not set, or a line that sets nothing, is a refusal: 125, and no command."""
    write(tmp_path, {"app.py": "import os\nos.environ['A']\nopen('ran', 'w')\n", ".env": "A=1\n"})
    assert unspill(tmp_path, "run", "--strict", "--", sys.executable, "app.py").code == 0
    (tmp_path / "ran").unlink()
    for content, told in (("B=1\n", "app.py:2: A is not set"), ("A=1\nB 2\n", ".env:2: not NAME=value")):
        (tmp_path / ".env").write_text(content)
        ran = unspill(tmp_path, "run", "--strict", "--", sys.executable, "app.py")
        first, last = ran.err.splitlines()
        assert first.startswith(f"unspill: {told}")
        assert (ran.code, last) == (125, "unspill: not started, because of --strict")
        assert not (tmp_path / "ran").exists()
    ran = unspill(tmp_path, "run", "--strict", "--env-file", os.devnull, "--", "true")
    assert (ran.code, len(ran.err.splitlines())) == (0, 1)
    assert "names are not checked" in ran.err


FILES = """app.py main.py wsgi.py run.py conf.py src/tool.py pages/one.py dir/__main__.py deep/er/mod.py
    pkg/__init__.py pkg/__main__.py pkg/web.py lib/__init__.py lib/job.py""".split()


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("python app.py", "app.py"),
        ("python3.12 -u -W ignore -Xdev ./app.py main.py", "app.py"),
        ("/x/.venv/bin/python -I pages/one.py", "pages/one.py"),
        ("py -3.11 app.py", "app.py"),
        ("python -m pkg main:app", "pkg/__main__.py"),
        ("python -Bm pkg.web", "pkg/web.py"),
        ("python -mlib", "lib/__init__.py"),
        ("python dir", "dir/__main__.py"),
        ("python -m deep.er.mod", "deep/er/mod.py"),
        ("python -m uvicorn main:app", "main.py"),
        ("python -m streamlit run app.py", "app.py"),
        ("python -c pass app.py", None),
        ("python -", None),
        ("python - app.py", None),
        ("python nothing.py", None),
        ("python", None),
        ("uvicorn main:app --reload", "main.py"),
        ("uvicorn --log-config conf.py pkg.web:make() --factory", "pkg/web.py"),
        ("gunicorn -c conf.py wsgi", "wsgi.py"),
        ("gunicorn -w 4 -b 0.0.0.0:80 wsgi:app", "wsgi.py"),
        ("streamlit run app.py --server.port 80", "app.py"),
        ("gradio app.py", "app.py"),
        ("fastapi dev", "main.py"),
        ("fastapi run app.py", "app.py"),
        ("flask run", "wsgi.py"),
        ("flask --app main run", "main.py"),
        ("flask --app=pkg.web:app run", "pkg/web.py"),
        ("flask -A app.py run", "app.py"),
        ("celery -A pkg.web worker", "pkg/web.py"),
        ("uv run app.py", "app.py"),
        ("uv run --with x python -m pkg", "pkg/__main__.py"),
        ("uv run streamlit run app.py", "app.py"),
        ("poetry run gunicorn wsgi", "wsgi.py"),
        ("unspill run --strict -- python app.py", "app.py"),
        ("env A=1 python src/tool.py", "src/tool.py"),
        ("coverage run -m pkg", "pkg/__main__.py"),
        ("./app.py --port 80", "app.py"),
        ("torchrun --nproc 2 src/tool.py", "src/tool.py"),
        ("npm start", None),
        ("bash -c main:app", "main.py"),
        ("true", None),
        ("gunicorn nothing:app", None),
        ("uvicorn ../main:app", None),
        ("-m", None),
    ],
)
def test_the_program_of_a_command_line(tmp_path: Path, words: str, path: str | None) -> None:
    """The script or module of Python, however it is started; the application of a server; a file that a tool runs."""
    write(tmp_path, dict.fromkeys(FILES, ""))
    found = programs.find(words.split(), str(tmp_path), {})
    assert (found and Path(found.files[-1]).relative_to(tmp_path).as_posix()) == path


@given(words=st.lists(st.sampled_from(["python", *"- -- -m -c -A .. app.py a:b é flask".split(), ""])))
def test_any_command_line_has_one_program_or_none(words: list[str]) -> None:
    """No words, in any order, are too strange."""
    programs.find(words, os.getcwd(), {})


def test_where_imports_are_looked_for(tmp_path: Path) -> None:
    """A script finds modules beside it and in PYTHONPATH, a module in the working folder: packages before modules."""
    read = "import os\nos.environ['{}']\n"
    write(
        tmp_path,
        {
            "src/app.py": "import one, two, three\n",
            "src/one.py": read.format("ONE"),
            "two.py": read.format("TWO"),
            "path/three.py": read.format("THREE"),
            "one/__init__.py": read.format("PACKAGE"),
            "one.py": read.format("HIDDEN"),
            "start.py": "import one\n",
        },
    )
    assert unset(tmp_path, "python src/app.py") == ["ONE"]
    assert unset(tmp_path, "python src/app.py", PYTHONPATH="path") == ["ONE", "THREE"]
    (tmp_path / ".env").write_text("PYTHONPATH=path\n")
    assert unset(tmp_path, "python src/app.py") == ["ONE", "THREE"]
    assert unset(tmp_path, "python -m src.app", PYTHONPATH="") == ["PACKAGE", "TWO"]
    assert unset(tmp_path, "uvicorn start:app") == ["PACKAGE"]


# Bad input


@posix
@pytest.mark.parametrize(
    ("make", "code", "told"),
    [
        (lambda _: None, 0, "no .env found in ."),
        (lambda path: path.write_bytes(f"A=1\n{T} x\n".encode()), 0, ".env:2: not NAME=value; line skipped"),
        (lambda path: path.write_bytes(f"\n'X=1'={T}\n".encode()), 0, ".env:2: the name contains =; line skipped"),
        (lambda path: path.write_bytes(f"A=1\r\nB='{T}\r\n".encode()), 0, ".env:2: not NAME=value; line skipped"),
        (lambda path: path.write_bytes(f"A=1\nB={T}\xe9\n".encode("latin-1")), 125, ".env:2: not UTF-8"),
        (lambda path: path.write_bytes(f"A={T}\n".encode("utf-16")), 125, ".env:1: not UTF-8"),
        (lambda path: path.write_bytes(f"A={T}\0\n".encode()), 125, ".env: binary"),
        (lambda path: path.write_bytes(b"#" * 9000 + f"\nA={T}\0\n".encode()), 125, ".env:2: not UTF-8"),
        (lambda path: path.write_bytes(b"#" * 1_000_001), 125, ".env: larger than 1000000 bytes"),
        (os.mkfifo, 125, ".env: not a regular file"),
        (lambda path: path.symlink_to("nowhere"), 125, ".env: cannot be read: No such file or directory"),
        (lambda path: path.write_text(f"A0={T}\n" + "".join(f"A{n + 1}=${{A{n}}}${{A{n}}}\n" for n in range(40))), 125,
         "too large"),
    ],
)  # fmt: skip
def test_an_env_that_cannot_be_used(tmp_path: Path, make: Any, code: int, told: str) -> None:
    """One line says what, where, and nothing of what stands there; where values are lost the command does not start."""
    make(tmp_path / ".env")
    ran = unspill(tmp_path, "run", "--", "echo", "ran")
    assert ran.code == code, ran.err
    (line,) = ran.err.splitlines()
    assert line.startswith("unspill: ")
    assert told in line
    assert (ran.out == "ran\n") == (code == 0)
    assert shown(ran.err, [T]) == []


@posix
def test_an_env_that_must_not_be_read(tmp_path: Path) -> None:
    """Without permission the command does not start: it would lack its secrets."""
    write(tmp_path, {".env": f"A={T}\n"})
    (tmp_path / ".env").chmod(0)
    done = subprocess.run(
        [*OBEDIENT, "run", "--", "true"], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (125, "unspill: .env: cannot be read: Permission denied\n")


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 125, "no command to run"),
        (["--"], 125, "no command to run"),
        (["--", "no-such-command"], 127, "no-such-command: command not found"),
        (["--", "y.py"], 127, "y.py: command not found; start it with python"),
        (["--", "./no/such"], 127, "./no/such: command not found"),
        (["--", ""], 125, "no command to run"),
        (["--", "./folder"], 126, "./folder: is a folder"),
        (["--", "./plain"], 126, "./plain: not executable"),
        (["--", "plain"], 126, "plain: not executable"),
        (["--", "./orphan"], 126, "the interpreter in its first line was not found"),
        (["--", "./empty"], 126, "Exec format error"),
        (["--", "./plain/x"], 127, "command not found"),
        (["--", "./x.py"], 126, "./x.py: not executable; start it with python"),
        (["--env-file", "nowhere", "--", "true"], 125, "nowhere: cannot be read: No such file or directory"),
        (["--env-file", "folder", "--", "true"], 125, "folder: not a regular file"),
        (["--env-file"], 125, "expected one argument"),
        (["--stric", "--", "true"], 125, "did you mean --strict?"),
        (["--format", "yaml", "--", "true"], 125, "invalid choice"),
    ],
)
def test_a_command_that_cannot_be_started(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    """One line, and the exit code that a shell has for it; 125 if the mistake is one in the words for unspill."""
    files = {".env": "", "folder/x": "", "bin/plain": "x", "plain": "x", "orphan": "#!/no/such\n", "empty": "x"}
    files |= {"x.py": "", "y.py": ""}
    write(tmp_path, files)
    (tmp_path / "orphan").chmod(0o755)
    (tmp_path / "empty").chmod(0o755)
    ran = unspill(tmp_path, "run", *arguments, PATH=f"{tmp_path}/bin{os.pathsep}{os.environ['PATH']}")
    assert ran.code == code, ran.err
    (line,) = ran.err.splitlines()
    assert told in line


def test_an_environment_that_is_too_large_is_told(tmp_path: Path) -> None:
    """What the system does not take is no traceback."""
    write(tmp_path, {".env": f"A={'x' * 900_000}\n"})
    ran = unspill(tmp_path, "run", "--", "true")
    assert (ran.code, ran.err) == (126, "unspill: true: Argument list too long\n")


def test_a_file_of_another_kind_is_told_in_a_few_lines(tmp_path: Path) -> None:
    """Of many lines that set nothing, the first are named and the rest are counted."""
    write(tmp_path, {"app.py": "if x:\n" * 20})
    ran = unspill(tmp_path, "run", "--env-file", "app.py", "true")
    assert ran.code == 0
    lines = ran.err.splitlines()
    assert [line.split(":")[2] for line in lines[:-1]] == ["1", "2", "3", "4", "5"]
    assert lines[-1] == "unspill: app.py: 15 more lines skipped"


# The start


@posix
def test_words_after_the_command_are_its_own(tmp_path: Path) -> None:
    """Options of the command are not those of unspill, with or without `--`; a second `--` is the command's."""
    write(tmp_path, {".env": ""})
    for line in (["--"], []):
        ran = unspill(tmp_path, "run", *line, "printf", "%s|", "--strict", "-h", "--", "--env-file")
        assert (ran.code, ran.out) == (0, "--strict|-h|--|--env-file|")


@pytest.mark.slow
@posix
@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -TERM $$", -15), ("kill -KILL $$", -9)])
def test_the_exit_code_is_the_commands(tmp_path: Path, script: str, code: int) -> None:
    """Its code, and its signal if it dies of one."""
    write(tmp_path, {".env": ""})
    assert unspill(tmp_path, "run", "--", "sh", "-c", script).code == code
    assert unspill(tmp_path, "run", "--", *UNSPILL, "run", "--", "sh", "-c", script).code == code


def started(folder: Path, *words: str, **options: Any) -> subprocess.Popen[str]:
    """A command that is run in the folder, with its standard streams as pipes."""
    return subprocess.Popen(
        [*UNSPILL, "run", "--", *words],
        cwd=folder,
        env=environment(folder.parent / "nobody"),
        text=True,
        **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


@posix
def test_the_command_takes_the_place_of_unspill(tmp_path: Path) -> None:
    """It has the same process, group and standard streams, so that every signal is its own, Ctrl-C too."""
    write(tmp_path, {".env": "A=1\n", "x.sh": "trap 'echo told; exit 3' INT\necho $$ $A\nread line\n"})
    process = started(tmp_path, "sh", "x.sh", start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == f"{process.pid} 1\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=HANG) == ("told\n", "")
    assert process.returncode == 3


@linux
def test_signals_and_limits_are_as_they_were(tmp_path: Path) -> None:
    """Python ignores two signals and unspill turns off core files: nothing of that is left for the command."""
    import resource

    write(tmp_path, {".env": ""})
    script = "grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; grep core /proc/self/limits; ls -l /proc/self/fd"
    words = ["sh", "-c", script]
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        through = started(tmp_path, *words, stdin=subprocess.DEVNULL)
        alone = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        ours, theirs = (process.communicate(timeout=HANG)[0].splitlines() for process in (through, alone))
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    assert ours[:4] == theirs[:4]
    assert len(ours) == len(theirs)


@linux
def test_a_closed_stream_stays_closed(tmp_path: Path) -> None:
    """A command that is started without standard input has none."""
    write(tmp_path, {".env": ""})
    line = f"{sys.executable} -m unspill run -- ls /proc/self/fd <&-"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True)
    assert (
        done.stdout.split()
        == subprocess.run(["sh", "-c", "ls /proc/self/fd <&-"], capture_output=True, text=True).stdout.split()
    )


@posix
def test_the_terminal_is_the_commands(tmp_path: Path) -> None:
    """On a terminal, the command is on it too, in the foreground."""
    import pty

    write(tmp_path, {".env": ""})
    show = "import os, sys; print([os.isatty(n) for n in range(3)], os.tcgetpgrp(0) == os.getpgrp())"
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(tmp_path)
        os.execve(sys.executable, [*UNSPILL, "run", "--", sys.executable, "-c", show], environment(tmp_path))
    out = b""
    try:
        while part := os.read(terminal, 1000):
            out += part
    except OSError:  # Linux: the other end is closed
        pass
    os.close(terminal)
    assert os.waitpid(pid, 0)[1] == 0
    assert out.decode().strip() == "[True, True, True] True"


@posix
def test_any_locale_hands_on_any_character(tmp_path: Path) -> None:
    """Values reach the command as UTF-8, and what was there byte for byte, in a locale that has neither."""
    write(tmp_path, {".env": "A=é日🙂\n"})
    env = {**environment(tmp_path), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    words = [*UNSPILL, "run", "--", "sh", "-c", 'printf "%s|%s|%s" "$A" "$B" "$1"', "x", os.fsdecode(b"\xff")]
    done = subprocess.run(words, cwd=tmp_path, env={**env, "B": os.fsdecode(b"\xe9")}, capture_output=True)
    assert (done.stdout, done.stderr) == ("é日🙂|".encode() + b"\xe9|\xff", b"")


@posix
@pytest.mark.parametrize("value", [b"\xff", "é".encode()])
@pytest.mark.parametrize("extra", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_a_variable_brings_any_byte(tmp_path: Path, value: bytes, extra: dict[str, str]) -> None:
    """What `${NAME}` takes from the environment is handed on byte for byte, also if it is not UTF-8."""
    write(tmp_path, {".env": "A=é${B}\n"})
    words = [*UNSPILL, "run", "--", "sh", "-c", 'printf %s "$A"']
    env = {**environment(tmp_path), **extra, "B": os.fsdecode(value)}
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True)
    assert (done.stdout, done.stderr) == ("é".encode() + value, b"")


@posix
def test_the_path_is_that_of_a_shell(tmp_path: Path) -> None:
    """Relative and empty entries count from the working folder, as in a shell; without them it is not searched.

    A `.env` does not change where a command is found, unless nothing else says so.
    """
    write(tmp_path, {"tool": "#!/bin/sh\necho here\n", "bin/tool": "#!/bin/sh\necho bin\n", ".env": "PATH=/nowhere\n"})
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "bin/tool").chmod(0o755)
    for path, out, code in (("bin:/bin", "bin\n", 0), (":/bin", "here\n", 0), ("/nowhere:/bin", "", 127)):
        ran = unspill(tmp_path, "run", "--", "tool", PATH=path)
        assert (ran.out, ran.code) == (out, code)


def test_the_one_that_is_set_first_wins_when_nested(tmp_path: Path) -> None:
    """A command that runs `unspill run` itself keeps what the outer one has set."""
    write(tmp_path, {".env": "A=outer\n", "inner/.env": "A=inner\nB=inner\n", "inner/.git/HEAD": ""})
    found = got(tmp_path, "--env-file", ".env", "--", *UNSPILL, "run", "--env-file", "inner/.env")
    assert (found["A"], found["B"]) == ("outer", "inner")


def test_on_windows_unspill_waits_for_the_command(tmp_path: Path) -> None:
    """The command gets the console's Ctrl-C by itself, unspill outlives it and ends with its code."""
    code = (
        "import os, sys; from unspill.app import run\n"
        "script = 'import sys, time\\ntry: print(1, flush=True); time.sleep(60)\\n'\n"
        "script += 'except KeyboardInterrupt: sys.exit(5)'\n"
        "sys.exit(run.wait([sys.executable, '-c', script], {**os.environ, 'PATHEXT': ''}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "1\n"
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(HANG) == 5
    else:
        process.kill()


def test_on_windows_the_working_folder_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project cannot take the place of a command by a file of its name; endings are tried in the system's order."""
    write(tmp_path, {"tool.BAT": "", "bin/tool.CMD": "", "bin/tool.EXE": "", "other/tool": "", "bin/x.py": ""})
    monkeypatch.chdir(tmp_path)
    path = os.pathsep.join(["", "other", "bin"])
    found = starting.executable("tool", {"PATH": path})
    assert Path(found) == Path("bin/tool.EXE")
    assert Path(starting.executable("tool.CMD", {"PATH": path})) == Path("bin/tool.CMD")
    assert Path(starting.executable("./tool", {"PATH": path})) == Path("tool.BAT")
    for missing in ("x.py", "nothing", "bin/nothing"):
        with pytest.raises(CommandError, match="not found"):
            starting.executable(missing, {"PATH": path})


# What is shown


def test_the_report_is_a_line_of_json(tmp_path: Path) -> None:
    """`--format json` writes one line to standard error, before the command; standard output is the command's own."""
    write(tmp_path, {".env": "A=1\nB=2\nno line\n", "app.py": "import os\nos.environ['C']\n"})
    ran = unspill(tmp_path, "run", "--format", "json", "--", "echo", "python", "app.py", B="set")
    assert ran.out == "python app.py\n"
    assert json.loads(ran.err) == {
        "version": 1,
        "starts": True,
        "env_files": [{"path": ".env", "names": ["A"], "problems": [{"line": 3, "reason": "not NAME=value"}]}],
        "program": "app.py",
        "unset": [{"name": "C", "path": "app.py", "line": 2}],
    }
    ran = unspill(tmp_path, "run", "--format", "json", "--strict", "--", "echo", "python", "app.py")
    assert (ran.code, ran.out, json.loads(ran.err.splitlines()[0])["starts"]) == (125, "", False)


@pytest.mark.parametrize("flags", [[], ["--strict"], ["--format", "json"]])
def test_no_value_is_shown(tmp_path: Path, flags: list[str]) -> None:
    """Values, tokens as names, in paths and in the command's words: unspill shows none of them."""
    made = [token(seed) for seed in range(10, 17)]
    write(
        tmp_path,
        {
            f"{made[0]}/app.py": f"import os\nos.environ['{made[1]}'], os.environ['A']\nx = '{made[2]}'\n",
            f"{made[0]}/.env": f"{made[3]}={made[4]}\n{made[5]} x\nB='{made[6]}\n",
        },
    )
    for words in (["true", "python", f"{made[0]}/app.py"], [made[4]], [f"./{made[0]}"], ["--env-file", made[0]]):
        ran = unspill(tmp_path, "run", *flags, *words)
        assert ran.err
        assert shown(ran.out + ran.err, made) == []


# After a fix


def stubs(folder: Path, names: Sequence[str]) -> str:
    """A folder with modules that take every attribute and call, as PYTHONPATH."""
    text = (
        "class Any:\n    def __call__(self, *a, **k): return self\n    def __getattr__(self, name): return self\n"
        "    def __enter__(self): return self\n    def __exit__(self, *a): return None\n"
        "    def __getitem__(self, key): return self\n"
        "def __getattr__(name):\n    if name.startswith('__'): raise AttributeError(name)\n    return Any()\n"
    )
    write(folder, {f"{name}.py": text for name in names})
    return str(folder)


@posix
def test_the_app_that_a_fix_left_without_its_values_runs(tmp_path: Path) -> None:
    """After `unspill fix` the demo Space dies with a KeyError, and with `unspill run` it starts: nothing is missing."""
    space = build("chatbot", tmp_path / "chatbot")
    (space.root / ".git").mkdir()
    path = stubs(tmp_path / "stubs", ["gradio", "requests", "huggingface_hub", "openai"])
    path = f"{environment(tmp_path)['PYTHONPATH']}{os.pathsep}{path}"
    assert unspill(space.root, "fix", PYTHONPATH=path).code == 0
    program = [sys.executable, "-c", "import sys; sys.path.insert(0, ''); import app; print('up', app.HF_TOKEN[:3])"]
    done = subprocess.run(
        program, cwd=space.root, env=environment(tmp_path, PYTHONPATH=path), capture_output=True, text=True
    )
    assert "KeyError: " in done.stderr
    ran = unspill(space.root, "run", "--strict", "--", *program, PYTHONPATH=path)
    assert (ran.code, ran.out) == (0, "up hf_\n")
    ran = unspill(space.root, "run", "--strict", "--", "true", "python", "app.py", PYTHONPATH=path)
    assert (ran.code, ran.err) == (0, "")
