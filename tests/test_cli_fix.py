"""`unspill fix`: what it writes, what it shows, and what it leaves."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import spaces
from tests.cli import git, unspill, write
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = f'import os\n\nTOKEN = "{token()}"\n'


def test_moves_the_value(tmp_path: Path) -> None:
    """The value goes to `.env` (0600), the name to `.env.example`, `.env` to `.gitignore`; the code reads the name."""
    write(tmp_path, {"README.md": "---\nsdk: gradio\n---\n", "app.py": SOURCE})
    ran = unspill(tmp_path, "fix")
    assert ran.code == 0
    assert (tmp_path / ".env").read_text() == f"HF_TOKEN={token()}\n"
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert (tmp_path / ".env.example").read_text() == "HF_TOKEN=\n"
    assert (tmp_path / ".gitignore").read_text() == ".env\n"
    assert (tmp_path / "app.py").read_text() == 'import os\n\nTOKEN = os.environ["HF_TOKEN"]\n'
    assert token() not in ran.out + ran.err
    assert "app.py:3: Hugging Face user access token" in ran.out
    assert "Moved into .env: HF_TOKEN" in ran.out
    assert "hf spaces secrets add OWNER/NAME -s HF_TOKEN" in ran.out
    assert "Revoke the exposed Hugging Face user access token: https://huggingface.co/settings/tokens" in ran.out


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """`fix` is idempotent."""
    write(tmp_path, {"app.py": SOURCE})
    assert unspill(tmp_path, "fix").code == 0
    before = _content(tmp_path)
    assert unspill(tmp_path, "fix").code == 0
    assert _content(tmp_path) == before


@pytest.mark.parametrize("paths", [(), ("app.py",)], ids=["folder", "file"])
def test_a_declaration_that_a_fix_makes_declares_what_else_is_read(paths: tuple[str, ...], tmp_path: Path) -> None:
    """A project that declares nothing gets its first declaration, and with it all others: then nothing is left."""
    write(tmp_path, {"app.py": f'import os\n\nKEY = os.environ["GROQ_API_KEY"]\nTOKEN = "{token()}"\n'})
    assert unspill(tmp_path, "check", *paths).out.count("GROQ_API_KEY") == 0
    ran = unspill(tmp_path, "fix", *paths)
    assert ran.code == 0
    assert (tmp_path / ".env.example").read_text() == "HF_TOKEN=\nGROQ_API_KEY=\n"
    before = _content(tmp_path)
    assert "No secrets found" in unspill(tmp_path, "fix", *paths).out
    assert _content(tmp_path) == before


def test_diff_changes_nothing_and_shows_no_value(tmp_path: Path) -> None:
    """`--diff` shows every file that would change, values hidden, and writes nothing."""
    write(tmp_path, {"app.py": SOURCE, ".env": "OTHER='some thing'\n"})
    before = _content(tmp_path)
    ran = unspill(tmp_path, "fix", "--diff")
    assert _content(tmp_path) == before
    assert ran.out.startswith("# Preview with masked values; cannot be applied as a patch.\n")
    assert ran.code == 1
    assert "would change; nothing was written" in ran.out
    assert '-TOKEN = "<hidden>"\n+TOKEN = os.environ["HF_TOKEN"]\n' in ran.out
    assert "+HF_TOKEN=<hidden>\n" in ran.out
    assert " OTHER=<hidden>\n" in ran.out
    assert token() not in ran.out
    assert "some thing" not in ran.out


def test_a_whole_space(tmp_path: Path) -> None:
    """In a whole Space every fixable value ends up in `.env`, none is left elsewhere, and the code still parses."""
    built = spaces.build("chatbot", tmp_path)
    fixable = [one for one in unspill(tmp_path, "check", "--format", "json").report["findings"] if one["fixable"]]
    assert len(fixable) > 10
    ran = unspill(tmp_path, "fix")
    left = unspill(tmp_path, "check", "--format", "json").report["findings"]
    assert not [one for one in left if one["fixable"]]
    stored = (tmp_path / ".env").read_text()
    outside = "".join(
        path.read_text()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != ".env" and not _is_left(path, left)
    )
    for value in built.values.values():
        assert value in stored
        assert value not in outside
        assert value not in ran.out + ran.err
    for path in tmp_path.rglob("*.py"):
        ast.parse(path.read_text())


def test_two_values_get_two_names(tmp_path: Path) -> None:
    """Different values of one kind are stored under different names, the same value under one."""
    write(tmp_path, {"a.py": f'A = "{token(1)}"\nB = "{token(1)}"\n', "b.py": f'C = "{token(2)}"\n'})
    assert unspill(tmp_path, "fix").code == 0
    assert (tmp_path / ".env").read_text() == f"HF_TOKEN={token(1)}\nHF_TOKEN_2={token(2)}\n"


def test_a_name_in_use_is_not_taken_over(tmp_path: Path) -> None:
    """A name that `.env` already gives to another value keeps it."""
    write(tmp_path, {".env": f"HF_TOKEN={token(9)}\n", ".gitignore": ".env\n", "app.py": SOURCE})
    assert unspill(tmp_path, "fix").code == 0
    assert (tmp_path / ".env").read_text() == f"HF_TOKEN={token(9)}\nHF_TOKEN_2={token()}\n"


def test_tracked_dotenv_withholds(tmp_path: Path) -> None:
    """While git tracks `.env` nothing is written there, and the reason names the command that helps."""
    write(tmp_path, {".env": "DEBUG=1\n", "app.py": SOURCE})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".env")
    before = _content(tmp_path)
    ran = unspill(tmp_path, "fix")
    assert ran.code == 1
    assert "git rm --cached .env" in ran.out
    assert _content(tmp_path) == before


PROGRAM = f"""import os
from dotenv import load_dotenv
load_dotenv()
print(os.environ.get("A"), os.environ.get("HF_TOKEN") or "nothing", os.environ.get("B"))
login(token="{token()}")
"""


@pytest.mark.parametrize(
    "env", ["A=x\nHF_TOKEN=\nHF_TOKEN=\n", 'A="x\nHF_TOKEN=\ny"\n', "HF_TOKEN=\nB='${HF_TOKEN}'\n"]
)
def test_the_program_gets_the_value(tmp_path: Path, env: str) -> None:
    """After a fix the program gets the moved value from python-dotenv, and all else as before."""
    write(tmp_path, {".env": env, ".gitignore": ".env\n", "app.py": "def login(token): print(token)\n" + PROGRAM})
    before = _output(tmp_path)
    assert unspill(tmp_path, "fix").code == 0
    assert token() not in (tmp_path / "app.py").read_text()
    assert _output(tmp_path) == before.replace("nothing", token())


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ("A=é\n".encode("latin-1"), ".env: not UTF-8"),
        ("HF_TOKEN=\n".encode("utf-16"), ".env: not UTF-8"),
        (b"A=b\nB='c\n", ".env: line 2 has an unterminated quote; fix it first"),
    ],
)
def test_an_env_that_cannot_be_extended_withholds(tmp_path: Path, env: bytes, why: str) -> None:
    """Nothing is changed where python-dotenv would not read the value; the reason says what is wrong."""
    write(tmp_path, {".env": env, ".gitignore": ".env\n", "app.py": SOURCE})
    before = _content(tmp_path)
    ran = unspill(tmp_path, "fix")
    assert ran.code == 1
    assert why in ran.out
    assert _content(tmp_path) == before


def test_encodings_and_modes_are_kept(tmp_path: Path) -> None:
    """Line ends, byte order marks, UTF-16 and the executable bit survive a fix."""
    write(
        tmp_path,
        {
            "crlf.py": SOURCE.replace("\n", "\r\n"),
            "bom.py": b"\xef\xbb\xbf" + SOURCE.encode(),
            "wide.txt": f"token = {token(3)}\r\n".encode("utf-16"),
        },
    )
    (tmp_path / "crlf.py").chmod(0o755)
    unspill(tmp_path, "fix")
    assert (tmp_path / "crlf.py").read_bytes() == b'import os\r\n\r\nTOKEN = os.environ["HF_TOKEN"]\r\n'
    assert stat.S_IMODE((tmp_path / "crlf.py").stat().st_mode) == 0o755
    assert (tmp_path / "bom.py").read_bytes().startswith(b"\xef\xbb\xbfimport os\n")
    assert token(3) not in (tmp_path / "wide.txt").read_bytes().decode("utf-16")


def test_read_only_file(tmp_path: Path) -> None:
    """A read-only file exits with 2, is named, and nothing at all is changed."""
    write(tmp_path, {"app.py": SOURCE, "b.py": SOURCE})
    (tmp_path / "b.py").chmod(0o444)
    before = _content(tmp_path)
    ran = unspill(tmp_path, "fix")
    assert ran.code == 2
    assert "b.py: is read-only" in ran.err
    assert _content(tmp_path) == before


@pytest.mark.parametrize(
    ("env", "files"),
    [(f"- N={token()}\nN={token()}\n", {}), (f"HF_TOKEN={token()}\n", {"app.py": SOURCE})],
    ids=["in itself", "elsewhere"],
)
def test_an_env_that_has_the_value_already_is_made_private(tmp_path: Path, env: str, files: dict[str, str]) -> None:
    """What a fix says is in `.env` nobody else may read, whether that had to be written for it or not."""
    write(tmp_path, {".env": env, **files})
    (tmp_path / ".env").chmod(0o644)
    assert "Moved into .env: " in unspill(tmp_path, "fix").out
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_an_env_is_redacted_and_filled_at_once(tmp_path: Path) -> None:
    """A value on a line of `.env` that is no entry moves into the empty entry of its name, and nothing is garbled."""
    write(tmp_path, {".env": f"export HF_TOKEN=''\n- {token()} # mine\n"})
    assert unspill(tmp_path, "fix").code == 0
    assert (tmp_path / ".env").read_text() == f"export HF_TOKEN={token()}\n- <HF_TOKEN> # mine\n"


def test_left_over_findings_exit_with_one(tmp_path: Path) -> None:
    """What cannot be fixed is listed with the reason."""
    write(tmp_path, {"data.json": f'{{"token": "{token()}"}}\n'})
    ran = unspill(tmp_path, "fix")
    assert ran.code == 1
    assert "data.json:1:" in ran.out
    assert "Variables may not be expanded" in ran.out


@pytest.mark.parametrize("working", [".", "src"])
def test_stores_at_the_space(tmp_path: Path, working: str) -> None:
    """`.env` lives in the Space's folder, from wherever below it the command is run."""
    write(tmp_path, {"README.md": "---\nsdk: gradio\n---\n", "src/app.py": SOURCE})
    git(tmp_path, "init", "-q")
    assert unspill(tmp_path / working, "fix").code == 0
    assert token() in (tmp_path / ".env").read_text()


def _output(folder: Path) -> str:
    """What the program prints, started with nothing in its environment."""
    ran = subprocess.run([sys.executable, "app.py"], cwd=folder, env={}, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _content(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        os.fspath(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode)
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def _is_left(path: Path, findings: list[dict[str, str]]) -> bool:
    return any(path.as_posix().endswith(one["path"]) for one in findings)


def test_what_docker_reads_otherwise_is_said(tmp_path: Path) -> None:
    """Where an image is built, the next steps name the values that `docker run --env-file` would keep the quotes of."""
    value = "vT7#rLp2 9Xq!mWz4kB"
    write(tmp_path, {"config.py": f'DB_PASSWORD = "{value}"\n', "Dockerfile": "FROM scratch\n"})
    ran = unspill(tmp_path, "fix", "--confidence", "low")
    assert (tmp_path / ".env").read_text() == f"DB_PASSWORD='{value}'\n"
    assert "`docker run --env-file` does not strip the quotes of DB_PASSWORD" in ran.out
