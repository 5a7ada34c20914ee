"""The declaring side: what `.env`, `.env.example` and the ignore files become, from every state they may be in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unspill.document import apply_edits
from unspill.fixes import declare
from unspill.model import Edit, Fix, Plan, Safety, Secret, Span, Stored
from unspill.project.tree import DiskTree

from tests.cli import git
from tests.helpers import MemoryTree, document_of, project, token

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.fixes import Project


def plan(**values: str) -> Plan:
    """A plan that moves these values out of `app.py`."""
    stores = tuple(Stored(name, Secret(value)) for name, value in values.items())
    edit = Edit("app.py", Span(0, 1), "x")
    return Plan((Fix("Move", Safety.SAFE, (edit,), stores, tuple(values), preferred=True),))


def completed(where: Project, **values: str) -> dict[str, bytes]:
    """The files beside `app.py` after the fix."""
    fix = declare.complete(plan(**values), document_of("y"), where).fixes[0]
    by_path: dict[str, list[tuple[Span, str]]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.path, []).append((edit.span, edit.text))
    del by_path["app.py"]
    return {path: apply_edits(where.tree.read(path) or b"", edits) for path, edits in by_path.items()}


def test_a_bare_folder_gets_a_declaration_and_an_ignore_file() -> None:
    """The name, without its value, goes to `.env.example`; `.env` is ignored; nothing else is made."""
    assert completed(project(), HF_TOKEN=token()) == {".env.example": b"HF_TOKEN=\n", ".gitignore": b".env\n"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"A=", b"A=\nHF_TOKEN=\n"),
        (b"A=\n", b"A=\nHF_TOKEN=\n"),
        (b"A=\r\n# b\r\n", b"A=\r\n# b\r\nHF_TOKEN=\r\n"),
        (b"\xef\xbb\xbfA=\n", b"\xef\xbb\xbfA=\nHF_TOKEN=\n"),
        (b"A=\r", b"A=\r\nHF_TOKEN=\n"),
        (b"", b"HF_TOKEN=\n"),
    ],
)
def test_a_declaration_keeps_what_stands_there(before: bytes, after: bytes) -> None:
    """Line ends, a missing final newline and a byte order mark stay as they were."""
    tree = MemoryTree({".env.example": before})
    tree.hidden = frozenset([".env"])
    fix = declare.complete(plan(HF_TOKEN=token()), document_of("y"), project(tree)).fixes[0]
    edit = next(edit for edit in fix.edits if edit.path == ".env.example")
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    assert mark + apply_edits(before.removeprefix(mark), [(edit.span, edit.text)]) == after


@pytest.mark.parametrize("line", [b"HF_TOKEN=", b"export HF_TOKEN=", b"HF_TOKEN = x", b"HF_TOKEN"])
def test_a_declared_name_is_not_declared_again(line: bytes) -> None:
    """Whatever the layout, a name that is there is left alone."""
    tree = MemoryTree({".env.example": line + b"\n", ".gitignore": b".env\n"})
    tree.hidden = frozenset([".env"])
    assert completed(project(tree), HF_TOKEN=token()) == {}


def test_images_are_kept_free_of_env_where_images_are_built() -> None:
    """`.dockerignore` is touched only where an image is built, and only if it lets them through."""
    assert ".dockerignore" not in completed(project(), HF_TOKEN=token())
    tree = MemoryTree({"Dockerfile": b"FROM a\n"})
    assert completed(project(tree), HF_TOKEN=token())[".dockerignore"] == b".env\n.unspill\n"
    tree = MemoryTree({"compose.yaml": b"services:\n  a:\n    build: .\n"})
    assert completed(project(tree), HF_TOKEN=token())[".dockerignore"] == b".env\n.unspill\n"
    tree = MemoryTree({"compose.yaml": b"services:\n  a:\n    image: x\n"})
    assert ".dockerignore" not in completed(project(tree), HF_TOKEN=token())
    tree = MemoryTree({"Dockerfile": b"", ".dockerignore": b"**/.env*\n.unspill\n"})
    assert ".dockerignore" not in completed(project(tree), HF_TOKEN=token())


@pytest.mark.parametrize("before", [b"x\r", b"x\ry", b"x\r\n", b"x\n"])
def test_git_ignores_what_an_ignore_file_gets(before: bytes, tmp_path: Path) -> None:
    """A carriage return alone ends no line of an ignore file for git: the added line has a line of its own."""
    (tmp_path / ".gitignore").write_bytes(before)
    git(tmp_path, "init", "-q")
    tree = DiskTree(str(tmp_path))
    (edit,) = declare.append(tree, ".gitignore", [".env"])
    (tmp_path / ".gitignore").write_bytes(apply_edits(before, [(edit.span, edit.text)]))
    git(tmp_path, "check-ignore", "-q", ".env")  # fails if it is not
    assert DiskTree(str(tmp_path)).ignored(".env")


@pytest.mark.parametrize("name", [".gitignore", ".dockerignore"])
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-32-be"])
def test_nothing_is_moved_while_an_ignore_file_cannot_be_read(name: str, encoding: str) -> None:
    """PowerShell writes UTF-16, which git and Docker take for other lines: what is added there would ignore nothing."""
    tree = MemoryTree({"Dockerfile": b"", name: "# written by PowerShell\nbuild/\n".encode(encoding)})
    made = declare.complete(plan(HF_TOKEN=token()), document_of("y"), project(tree))
    assert not made.fixes
    assert made.withheld.startswith(f"{name} is in {encoding.upper()}")
    assert made.withheld.endswith(" cannot read: save it as UTF-8 first.")


def test_an_ignored_declaration_is_let_through() -> None:
    """Where `.env*` hides `.env.example` too, the declaration gets an exception."""
    tree = MemoryTree({".gitignore": b".env*\n"})
    tree.hidden = frozenset([".env", ".env.example"])
    assert completed(project(tree), HF_TOKEN=token())[".gitignore"] == b".env*\n!.env.example\n"


def test_a_tracked_env_makes_the_fix_unsafe() -> None:
    """While git tracks `.env` nothing is moved there unasked; the reason names the command that helps."""
    tree = MemoryTree({".env": b""})
    tree.in_git = frozenset([".env"])
    made = declare.complete(plan(HF_TOKEN=token()), document_of("y"), project(tree))
    assert made.safe is None
    assert made.fixes[0].safety is Safety.UNSAFE
    assert "git rm --cached .env" in made.withheld


@pytest.mark.parametrize("value", ["a${B}c", "it's $1", "a\rb'"])
def test_a_value_that_dotenv_would_change_is_not_moved(value: str) -> None:
    """Such a value stays where it is, with a reason that does not quote it."""
    made = declare.complete(plan(X=value), document_of("y"), project())
    assert made.fixes == ()
    assert made.withheld
    assert value not in made.withheld


@pytest.mark.parametrize(
    ("current", "why"),
    [
        ("A=é\n".encode("latin-1"), "not UTF-8"),
        (b"A='half\n", "line 1 has an unterminated quote"),
        (b"X=other\n", "X already has another value"),
    ],
)
def test_nothing_is_moved_to_an_env_that_cannot_take_it(current: bytes, why: str) -> None:
    """A `.env` that cannot be extended withholds the fix before anything is changed, with its path and the reason."""
    tree = MemoryTree({"a/README.md": b"---\nsdk: docker\n---\n", "a/.env": current})
    made = declare.complete(plan(X="v"), document_of("y", "a/app.py"), project(tree))
    assert made.fixes == ()
    assert made.withheld.startswith(f"a/.env: {why}") or made.withheld.startswith(f"a/.env: it is {why}")


def test_the_declaration_is_read_entry_by_entry() -> None:
    """A name within the value of another entry is not declared by it."""
    tree = MemoryTree({".env.example": b"A='\nHF_TOKEN=\n'\n", ".gitignore": b".env\n"})
    tree.hidden = frozenset([".env"])
    assert completed(project(tree), HF_TOKEN=token())[".env.example"] == b"A='\nHF_TOKEN=\n'\nHF_TOKEN=\n"
