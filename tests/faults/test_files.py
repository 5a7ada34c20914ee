"""Names that drive a terminal or that no system expects, links, special files, and files that change meanwhile."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import sys
import tarfile
import unicodedata
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

import pytest
from unspill.output import OUTPUTS

from tests.cli import unspill, write
from tests.faults.common import OBEDIENT, Started, check, found, held, leak, linux, posix, process, skipped
from tests.helpers import token

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROLS = [
    "esc\x1b[2J\x1b[31m.py", "osc\x1b]8;;x:y\x07link\x1b]8;;\x07.py", "cr\rapp.py", "bell\x07.py",
    "line\napp.py:1:1: error.py", "bidi\u202eyp.exe\u202c.py", "c1\x9b31m.py", "mark\ufeff.py", "del\x7f.py",
]  # fmt: skip
MODE = {"diagnosticMode": "workspace"}
# What moves a cursor, colours, or turns text around; a line end is a report's own.
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.slow
@posix
def test_names_that_drive_a_terminal(tmp_path: Path) -> None:
    """No format writes them plainly: text escapes, JSON encodes and gives the name back, URIs have percent signs."""
    folder = tmp_path / "r"
    write(folder, {name: leak(number) for number, name in enumerate(CONTROLS)})
    values = [token(number) for number in range(len(CONTROLS))]
    for form in OUTPUTS:
        ran = held(unspill(folder, "check", "--format", form), *values)
        assert ran.code == 1
        assert RAW.findall(ran.out.replace("\t", "")) == [], form
        if form == "text":
            assert len(re.findall(r"^\S.*\.py:1:6: error", ran.out, re.MULTILINE)) == len(CONTROLS)
        elif form == "json":
            assert sorted(found(ran)) == sorted(CONTROLS)
        elif form == "sarif":
            results = json.loads(ran.out)["runs"][0]["results"]
            places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]
            assert sorted(map(unquote, places)) == sorted(CONTROLS)
    with Started(folder, values=values, options=MODE, configuration=MODE) as editor:
        report = editor.request("workspace/diagnostic", {"previousResultIds": []})
        assert sorted(file_of(item["uri"]) for item in report["items"] if item["items"]) == sorted(CONTROLS)
        assert RAW.findall(editor.sent.decode().replace("\r", "")) == []


def file_of(uri: str) -> str:
    """The name of a file."""
    return unquote(urlparse(uri).path).rpartition("/")[2]


@contextlib.contextmanager
def nested(folder: Path, name: str, levels: int, file: str, text: str) -> Iterator[None]:
    """A file at the end of folders that are nested so deep that no path leads there; they are gone afterwards."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=here)
        here = _step(here, name)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT, dir_fd=here), "w") as stream:
        stream.write(text)
    try:
        yield
    finally:  # pytest's own clearing up would recurse
        os.unlink(file, dir_fd=here)
        for _ in range(levels):
            here = _step(here, "..")
            os.rmdir(name, dir_fd=here)
        os.close(here)


def _step(here: int, name: str) -> int:
    """The descriptor of a folder from that of another, which is closed."""
    there = os.open(name, os.O_RDONLY, dir_fd=here)
    os.close(here)
    return there


@linux
def test_names_that_other_systems_do_not_have(tmp_path: Path) -> None:
    """Names that are not UTF-8, as long as can be, or reserved on Windows are scanned and come back as they are."""
    folder = tmp_path / "r"
    names = [
        b"\xff\xfe.py", b"caf\xe9.py", b"n" * 252 + b".py", b"CON", b"nul.py", b"COM1.txt", b"aux", b"a.", b"b ", b" c",
        b"\\\\?\\C:\\x.py", b"a\\b.py", b"C:", b"x:y.py", b"-o", b"--format", b"@file", b"~", b"$HOME", b"*", b"%s.py",
    ]  # fmt: skip
    folder.mkdir()
    for number, name in enumerate(names):
        with open(os.path.join(os.fsencode(folder), name), "w") as file:
            file.write(leak(number))
    values = [token(number) for number in range(len(names))]
    ran = check(folder, values=values)
    assert ran.code == 1
    assert sorted(map(os.fsencode, found(ran))) == sorted(names)
    assert found(check(folder, "--", *names, values=values)) == found(ran)
    assert json.loads(held(unspill(folder, "check", "--format", "sarif"), *values).out)


@linux
@pytest.mark.parametrize(("name", "levels"), [("d" * 250, 20), ("d", 1800)], ids=["long names", "many folders"])
def test_paths_that_no_system_call_takes(tmp_path: Path, name: str, levels: int) -> None:
    """A folder beyond the longest path is named as not scanned, in few words; the files before it are scanned."""
    folder = tmp_path / "r"
    write(folder, {"a.py": leak(1)})
    with nested(folder, name, levels, "b.py", leak(2)):
        ran = check(folder, values=[token(1), token(2)])
        assert ran.code == 1
        assert "a.py" in found(ran)
        assert len(found(ran)) + len(skipped(ran)) == 2
        (folder / "a.py").unlink()
        assert check(folder).code == (3 if skipped(ran) else 1)


@linux
def test_names_that_differ_in_case_or_composition(tmp_path: Path) -> None:
    """Files whose names look alike are as many files: each has its findings once, and in an editor under one URI."""
    folder = tmp_path / "r"
    names = ["App.py", "app.py", *(unicodedata.normalize(form, "é.py") for form in ("NFC", "NFD"))]
    write(folder, {name: leak(number) for number, name in enumerate(names)})
    values = [token(number) for number in range(len(names))]
    if len(os.listdir(folder)) < len(names):
        pytest.skip("this file system takes them for one file")
    ran = check(folder, values=values)
    assert sorted(found(ran)) == sorted(names)
    with Started(folder, values=values, options=MODE, configuration=MODE) as editor:
        report = editor.request("workspace/diagnostic", {"previousResultIds": []})
        assert sorted(file_of(item["uri"]) for item in report["items"]) == sorted(names)
        assert [len(item["items"]) for item in report["items"]] == [1] * len(names)
        spelled = (folder / names[2]).as_uri().replace("%C3%A9", "%c3%a9")
        editor.open(spelled, leak(2))
        assert len(editor.diagnostics(spelled)) == 1
        report = editor.request("workspace/diagnostic", {"previousResultIds": []})
        assert [file_of(item["uri"]) for item in report["items"]].count(names[2]) <= 1


@posix
def test_links_are_not_followed(tmp_path: Path) -> None:
    """Links out of the folder, to a process's environment, in a circle or to nothing are counted, and not read."""
    folder = tmp_path / "r"
    write(tmp_path, {"outside.py": leak(2), "elsewhere/b.py": leak(3), "r/a.py": leak(1)})
    links = {
        "file.py": "../outside.py", "folder": "../elsewhere", "environ": "/proc/self/environ", "self": "self",
        "loop": ".", "ping": "pong", "pong": "ping", "nowhere.py": "nowhere", ".env": "../outside.py",
    }  # fmt: skip
    for name, target in links.items():
        (folder / name).symlink_to(target)
    values = [token(seed) for seed in (1, 2, 3, 4)]
    ran = check(folder, values=values, HF_TOKEN=token(4))
    assert (ran.code, found(ran)) == (1, ["a.py"])
    assert skipped(ran) == dict.fromkeys(links, "symbolic link")
    ran = check(folder, "environ", "file.py", "self", values=values, HF_TOKEN=token(4))
    assert (found(ran), set(skipped(ran).values())) == ([], {"symbolic link"})
    held(unspill(folder, "fix"), *values)
    assert (tmp_path / "outside.py").read_text() == leak(2)


@posix
def test_special_files_are_not_opened(tmp_path: Path) -> None:
    """Pipes, sockets and devices are named and not waited for, wherever a file is looked for; a folder is no file."""
    folder = tmp_path / "r"
    write(folder, {"app.py/b.py": leak(1), "sub/c.py": "x = 1\n"})
    special = ["pipe", ".env", ".gitignore", "README.md", "sub/unspill.toml", "socket"]
    for name in special[:-1]:
        os.mkfifo(folder / name)
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(folder)  # the path of a socket has some 100 bytes at most
        listener.bind("socket")
        os.chdir(here)
    if os.geteuid() == 0:
        os.mknod(folder / "zero", 0o20644, os.makedev(1, 5))
        special.append("zero")
    ran = check(folder, values=[token(1)])
    assert (ran.code, found(ran)) == (1, ["app.py/b.py"])
    assert skipped(ran) == dict.fromkeys(special, "not a regular file")
    for arguments in (special, ["--staged"], ["--baseline", "pipe"], ["--config", "pipe"], ["--rules", "pipe"]):
        check(folder, *arguments, values=[token(1)])
    held(unspill(folder, "fix"), token(1))
    assert (folder / "app.py/b.py").read_text() == leak(1)


@posix
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """A file and a folder without permission are named, with the reason, and the others are scanned."""
    folder = tmp_path / "r"
    write(folder, {"a.py": leak(1), "b.py": leak(2), "c/d.py": leak(3), "e.py": leak(4)})
    (folder / "b.py").chmod(0)
    (folder / "c").chmod(0)
    try:
        command = (*OBEDIENT, "check", "--format", "json")
        ran = held(process(folder, *command), *map(token, range(1, 5)))
        assert (ran.code, found(ran)) == (1, ["a.py", "e.py"])
        assert skipped(ran) == {
            "b.py": "cannot be read: Permission denied",
            "c": "cannot be listed: Permission denied",
        }
        for name in ("a.py", "e.py"):
            (folder / name).unlink()
        assert held(process(folder, *command)).code == 3
    finally:
        (folder / "c").chmod(0o700)


# Once the first file is counted, one that was listed is gone, one is cut short, one grows, one is a link.
_MEANWHILE = """
import os, sys
from unspill import app
from unspill.cli import main
count = app.Collector.count
def meanwhile(collector, size):
    count(collector, size)
    if collector.files == 1:
        os.unlink("b.py")
        os.truncate("c.py", 0)
        with open("d.py", "a") as file:
            file.write("y = 2\\n" * 10_000)
        os.replace("link", "e.py")
app.Collector.count = meanwhile
sys.exit(main(sys.argv[1:]))
"""


@posix
def test_files_that_change_while_they_are_scanned(tmp_path: Path) -> None:
    """A file that vanishes is named; whatever else happens to files, the run ends and the others are reported."""
    folder = tmp_path / "r"
    write(folder, {f"{name}.py": leak(number) for number, name in enumerate("abcdef")})
    write(tmp_path, {"outside.py": leak(9)})
    (folder / "link").symlink_to("../outside.py")
    values = [token(number) for number in (*range(6), 9)]
    ran = held(process(folder, sys.executable, "-c", _MEANWHILE, "check", "--format", "json", "-j1"), *values)
    assert (ran.code, found(ran)) == (1, ["a.py", "d.py", "f.py"])
    assert skipped(ran)["b.py"] == "cannot be read: No such file or directory"
    assert skipped(ran)["e.py"] == "symbolic link"


def archives() -> Iterator[tuple[str, bytes]]:
    """Archives that would do harm to whoever unpacked them."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
        archive.writestr("../../up.py", leak(2))
        for number in range(2000):
            archive.writestr(f"{number}.py", "")
    yield "bomb.zip", bomb.getvalue()
    for mode in ("w", "w:gz", "w:xz"):
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode=mode) as archive:
            for name, kind in (("../up.py", tarfile.REGTYPE), ("/tmp/up.py", tarfile.REGTYPE), ("l", tarfile.SYMTYPE)):
                member = tarfile.TarInfo(name)
                member.type, member.linkname = kind, "/etc/passwd"
                archive.addfile(member)
        yield f"a.tar{mode[1:].replace(':', '.')}", made.getvalue()


def test_archives_are_not_opened(tmp_path: Path) -> None:
    """A bomb, a member that leads upwards and links in archives do nothing: an archive is a binary, and is named."""
    folder = tmp_path / "r"
    write(folder, {"a.py": leak(1), **dict(archives())})
    before = sorted(tmp_path.rglob("*"))
    ran = check(folder, values=[token(1), token(2)])
    assert (ran.code, found(ran)) == (1, ["a.py"])
    assert skipped(ran) == {name: "binary" for name, _ in archives()}
    assert sorted(tmp_path.rglob("*")) == before
