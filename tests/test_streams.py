"""Standard streams that are closed or full, narrow encodings, numbers that are none, a working folder that is gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli import ROOT, environment, git, unspill, write
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name == "nt" or not os.path.exists("/dev/full"), reason="a shell, and /dev/full")


def shell(folder: Path, command: str, **extra: str) -> tuple[int, str, str]:
    """Run a line of a shell, in which `unspill` is the command line: its exit code and what it wrote."""
    done = subprocess.run(
        ["sh", "-c", f'unspill() {{ "{sys.executable}" -m unspill "$@"; }}\n{command}'],
        cwd=folder,
        env=environment(folder / "nobody", **extra),
        capture_output=True,
        timeout=120,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


@pytest.mark.slow
@posix
@pytest.mark.parametrize("command", ["check", "check --format sarif", "fix --diff", "rules", "baseline", "--help"])
@pytest.mark.parametrize(
    ("target", "reason"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_a_report_that_cannot_be_written(tmp_path: Path, command: str, target: str, reason: str) -> None:
    """It is one line on standard error and exit 2, as for `-o`: neither a bug, nor findings that nobody sees."""
    write(tmp_path, {"app.py": f't = "{token()}"\n'})
    assert shell(tmp_path, f"unspill {command} {target}") == (
        2, "", f"unspill: standard output: cannot be written: {reason}\n",
    )  # fmt: skip


@posix
@pytest.mark.parametrize("target", ["2>&-", "2>/dev/full", "<&-", "2>&- <&-"])
def test_findings_are_not_hidden_by_other_streams(tmp_path: Path, target: str) -> None:
    """Without standard error or input findings are findings, and mistakes are mistakes."""
    write(tmp_path, {"app.py": f't = "{token()}"\n'})
    code, out, err = shell(tmp_path, f"unspill check {target}")
    assert (code, "app.py:1:" in out, err) == (1, True, "")
    assert shell(tmp_path, f"unspill check nowhere 2>/dev/null {target}")[0] == 2


@posix
def test_standard_input_that_is_closed(tmp_path: Path) -> None:
    """Whoever wants to read it is told."""
    assert shell(tmp_path, "unspill check - <&-") == (2, "", "unspill: -: stdin is closed; pipe something into it\n")
    code, _, err = shell(tmp_path, "unspill server <&-")
    assert (code, err.startswith("unspill: stdin or stdout is closed")) == (2, True)


@posix
def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    """It is a mistake of the user's."""
    code, _, err = shell(tmp_path, "mkdir gone; cd gone; rmdir ../gone; unspill check")
    assert (code, err.strip()[-60:]) == (2, "unspill: the working folder no longer exists; change to another"[-60:])


@pytest.mark.parametrize("number", ["²", "9" * 5000, "-1", "0", "x", "१"])
@pytest.mark.parametrize("arguments", [("server", "--tcp"), ("check", "-j"), ("check", "--max-file-size")])
def test_numbers_that_are_none(tmp_path: Path, arguments: tuple[str, ...], number: str) -> None:
    """What only looks like a number is refused in a line, as is one that no machine can count to."""
    if arguments[1] == "--max-file-size" and number == "0":
        return
    ran = unspill(tmp_path, arguments[0], f"{arguments[1]}={number}")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "must be a" in ran.err


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """It is named, and the server does not start."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ran = unspill(tmp_path, "server", "--tcp", str(port))
    assert (ran.code, ran.err.startswith(f"unspill: --tcp: port {port} cannot be used: ")) == (2, True)


@pytest.mark.slow
@posix
@pytest.mark.parametrize(
    "extra",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
    ids=lambda extra: " ".join(extra.values()),
)
def test_narrow_encodings(tmp_path: Path, extra: dict[str, str]) -> None:
    """Names and patterns that an encoding does not hold are written with escapes, in every format, and still match."""
    name = os.fsdecode("ключ-é-\U0001f511.py".encode() + b"\xff")
    write(tmp_path, {name: f't = "{token()}"\n', ".gitignore": "é?.log\n", "unspill.toml": 'exclude = ["ü*.txt"]\n'})
    write(tmp_path, {os.fsdecode("ü1.txt".encode()): f't = "{token()}"\n'})
    for form in ("text", "json", "sarif", "html", "github", "junit"):
        code, out, err = shell(tmp_path, f"unspill check --format {form}", **extra)
        assert (code, err) == (1, "")
        assert "ключ" in out or "\\u" in out or "\\x" in out or "\\d" in out or "%D0" in out or "&#" in out
    assert shell(tmp_path, "unspill check -v", **extra)[1].count("excluded by unspill.toml") == 2


PLANTED = ("unspill", "json", "re", "os", "argparse", "gc", "signal", "typing", "regex", "hyperscan", "pygit2", "toml")


@pytest.mark.slow
@pytest.mark.parametrize("command", [["-I", "-m", "unspill"], ["-m", "unspill"]], ids=["isolated", "not"])
def test_nothing_of_the_working_folder_is_imported(tmp_path: Path, command: list[str]) -> None:
    """Modules in the scanned folder stay files; without `-I` all but an `unspill.py`, which Python itself looks for."""
    names = [name for name in PLANTED if name != "unspill" or "-I" in command]
    write(tmp_path, {f"{name}.py": "open('ran', 'a').write(__name__)\n" for name in names})
    write(tmp_path, {"app.py": f't = "{token()}"\n', ".gitignore": "[x]\n"})
    git(tmp_path, "init", "-q")
    for arguments in (["check"], ["check", "--staged"], ["fix", "--diff"], ["rules", "huggingface-user-token"]):
        subprocess.run(
            [sys.executable, *command, *arguments],
            cwd=tmp_path,
            env={name: value for name, value in environment(tmp_path / "nobody").items() if name != "PYTHONPATH"},
            capture_output=True,
            timeout=120,
        )
    assert not (tmp_path / "ran").exists()


def test_nothing_we_ship_starts_it_as_a_module_of_the_working_folder() -> None:
    """Docs, hooks, jobs and editors start the script, or Python with -I; that holds for pip in a checkout as well."""
    shipped = [ROOT / name for name in ("README.md", "action.yml", ".pre-commit-hooks.yaml", "Containerfile")]
    for folder in ("docs", "ci", "editors", "server"):
        shipped += [
            path for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS and "node_modules" not in path.parts
        ]
    for path in shipped:
        for line in path.read_text(encoding="utf-8").splitlines():
            started = "-m unspill" in line or "-m pip" in line
            assert not started or "-I -m" in line or '"""' in line, f"{path}: {line}"


TEXTS = {".md", ".yml", ".yaml", ".py", ".lua", ".el", ".json", ".ts", ".js", ".toml", ".kt"}
