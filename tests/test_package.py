"""What is published: a source archive that builds and tests itself, and a page on the index without dead links."""

from __future__ import annotations

import email
import os
import re
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.cli import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RELATIVE = re.compile(r"!?\[[^\]]*\]\((?!https?:)[^)]*\)|<img\b")


def hatch(folder: Path, target: str, into: Path) -> Path:
    """The one archive that hatchling builds of a source folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    (archive,) = into.iterdir()
    return archive


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the source archive unpacks to."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(hatch(ROOT, "sdist", folder / "dist")) as archive:
        archive.extractall(folder, filter="data")
    (root,) = (path for path in folder.iterdir() if path.name != "dist")
    return root


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_the_source_archive_holds_what_git_tracks(unpacked: Path) -> None:
    """No more, such as stray READMEs, and no less, tests and docs included; what is new in a checkout counts too."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    packed = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert packed == {os.fsdecode(name) for name in listed.split(b"\0") if name} | {"PKG-INFO"}


@pytest.mark.slow
def test_the_source_archive_builds_and_tests_itself(unpacked: Path, tmp_path: Path) -> None:
    """A wheel comes of it that has the rules, and its tests run on its own source."""
    assert hatch(unpacked, "wheel", tmp_path).suffix == ".whl"
    env = {**os.environ, "PYTHONPATH": str(unpacked / "server")}
    where = [sys.executable, "-c", "import unspill; print(unspill.__file__)"]
    assert subprocess.run(where, env=env, capture_output=True, text=True).stdout.startswith(str(unpacked))
    tests = ["tests/test_architecture.py", "tests/test_document.py", "tests/test_editors.py", "tests/test_security.py"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    ran = subprocess.run(command, cwd=unpacked, env=env, capture_output=True, text=True, timeout=600)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.slow
def test_the_page_on_the_index_has_no_relative_link(unpacked: Path) -> None:
    """There a link of the README to a file of the repository would be dead, and a picture broken: they are left out."""
    page = email.message_from_bytes((unpacked / "PKG-INFO").read_bytes())
    assert page.get_content_type() == "text/plain"  # that of the headers; the description's own is Markdown
    assert page["Description-Content-Type"] == "text/markdown"
    text = page.get_payload()
    assert isinstance(text, str)
    assert "unspill fix" in text
    assert RELATIVE.findall(text) == []
