"""A small git repository with bytes changed in it: the command line says so in one line, or does without.

An input has a change in each line: `{"file": …, "at": …, "cut": …, "put": hexadecimal digits}` replaces `cut` bytes by
others. In an object (but not in a pack) it is what the object says that changes, not how it is compressed.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zlib
from functools import cache
from typing import TYPE_CHECKING

import pygit2

from tests.fuzz import cases
from tests.fuzz.commands import LEAK, inside, run
from tests.proof.proving import quick, read, write

if TYPE_CHECKING:
    from random import Random

_WHO = pygit2.Signature("x", "x@example.org", 1_700_000_000, 0)
_SOURCES = ("--staged", "--history", "--since HEAD~1", "--history --since old..main", "")
_TEXTS = (
    b"ref: refs/heads/main\n", b"ref: HEAD\n", b"ref: ../../x\n", b"0" * 40 + b"\n", b"f" * 40 + b"\n", b"gitdir: .\n",
    b"gitdir: /dev/zero\n", b"gitdir: " + b"a/" * 3000, b"gitdir: \xff\n", b"gitdir: ../.git\n", b"DIRC", b"TREE",
    b"link", b"\0" * 20, b"\xff" * 8, b"../", b".git", b"/", b"\n", b" ", b"tree ", b"parent ", b"100644 a\0",
    b"40000 a\0", b"160000 s\0", b"120000 l\0", b"tag x\n", b"^", b"# pack-refs with: peeled \n",
    b"[core]\n\trepositoryformatversion = 9\n", b"[include]\n\tpath = config\n",
    b"[extensions]\n\tobjectformat = sha256\n", b"[core]\n\tbare = x\n\tworktree = /\n",
)  # fmt: skip


def changes(random: Random) -> bytes:
    """A few changes of files below `.git`, those that are read first more often."""
    files = template()
    names = sorted(files)
    telling = [name for name in names if "objects/" not in name]
    lines = []
    for _ in range(random.choice([1, 1, 2, 4])):
        name = random.choice(telling if random.random() < 0.6 else names)
        size = len(_said(name, files[name]))
        put = random.choice([b"", random.randbytes(random.choice([1, 1, 4])), random.choice(_TEXTS)])
        at = random.choice([0, size, random.randrange(size + 1), random.randrange(size + 1)])
        cut = random.choice([0, len(put), len(put), 1, random.randrange(size + 1), size])
        lines.append(json.dumps({"file": name, "at": at, "cut": cut, "put": put.hex()}))
    return "".join(f"{line}\n" for line in lines).encode()


def check_repository(case: bytes) -> None:
    """Every way of looking at a repository, and at the worktree beside it."""
    files = template()
    for line in case.splitlines():
        change = json.loads(line)
        name, at = change["file"], change["at"]
        said = _said(name, files[name])
        files[name] = _written(name, said[:at] + bytes.fromhex(change["put"]) + said[at + change["cut"] :])
    with quick(), tempfile.TemporaryDirectory(prefix="fuzz") as made:
        root = os.path.realpath(made)
        write(root, files)
        with inside(root):
            for source in _SOURCES:
                run(["check", *source.split()])
            run(["fix", "--diff"])
        with inside(os.path.join(root, "linked")):
            run(["check", "--staged"])
            run(["secrets"])


def template() -> dict[str, bytes]:
    """The files of a repository: two branches, a tag, a pack, packed references, something staged, and a worktree."""
    return dict(_template())


@cache
def _template() -> tuple[tuple[str, bytes], ...]:
    root = os.path.realpath(tempfile.mkdtemp(prefix="fuzz"))
    try:
        repository = pygit2.init_repository(root, initial_head="main")
        parents: list[pygit2.Oid] = []
        for number, mark in enumerate("§¤¶"):
            write(root, {"app.py": cases.filled(LEAK.replace("§", mark).encode()), f"sub/{number}.txt": b"a\n" * 9})
            repository.index.add_all()
            repository.index.write()
            tree = repository.index.write_tree()
            parents = [repository.create_commit("refs/heads/main", _WHO, _WHO, "x", tree, parents)]
            if number == 0:
                repository.create_reference("refs/heads/old", parents[0])
                repository.create_tag("v1", parents[0], pygit2.enums.ObjectType.COMMIT, _WHO, "x")
            if number == 1:
                repository.pack()
                for folder in os.listdir(os.path.join(root, ".git/objects")):
                    if len(folder) == 2:
                        shutil.rmtree(os.path.join(root, ".git/objects", folder))
        write(root, {"staged.py": cases.filled(LEAK.encode())})
        repository.index.add("staged.py")
        repository.index.write()
        tag = repository.references["refs/tags/v1"].target
        packed = f"# pack-refs with: peeled fully-peeled sorted \n{tag} refs/tags/v1\n^{parents[0]}\n"
        linked = {"HEAD": b"ref: refs/heads/old\n", "commondir": b"../..\n", "gitdir": b"../../../linked/.git\n"}
        write(root, {
            ".git/packed-refs": packed.encode(),
            "linked/.git": b"gitdir: ../.git/worktrees/linked\n",
            "linked/app.py": cases.filled(LEAK.encode()),
            **{f".git/worktrees/linked/{name}": raw for name, raw in linked.items()},
        })  # fmt: skip
        files = {name: raw for name, raw in read(root).items() if "/hooks/" not in name}
        # When a file was written would differ from run to run.
        return tuple(sorted(files.items()))
    finally:
        shutil.rmtree(root)


def _said(name: str, raw: bytes) -> bytes:
    return zlib.decompress(raw) if _is_object(name) else raw


def _written(name: str, said: bytes) -> bytes:
    return zlib.compress(said) if _is_object(name) else said


def _is_object(name: str) -> bool:
    return name.startswith(".git/objects/") and "/pack/" not in name
