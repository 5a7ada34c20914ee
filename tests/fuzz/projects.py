"""A folder of files, fixed on disk: no value is lost, nothing else changes, and what was sound stays sound."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from unspill import languages
from unspill.app import fixing
from unspill.document import decode
from unspill.errors import UserError

from tests.fuzz import cases, texts
from tests.proof.generate import scanner
from tests.proof.proving import env_values, quick, read, recorded, request, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from random import Random

    from unspill.model import Span

    from tests.proof.proving import Files

DECLARING = (".env", ".env.example", ".gitignore", ".dockerignore")
"""The files of a folder that a fix adds to."""
_ENVS = (
    "", "A=1\n", "HF_TOKEN=\n", "HF_TOKEN=§\n", "export HF_TOKEN=''\r\nB=2\r\n", "A=1",
    "# HF_TOKEN=¤\nGROQ_API_KEY=x\n", "A=\"x\nHF_TOKEN=\ny\"\n", "HF_TOKEN=\nHF_TOKEN=\n", "A='b'\\''c'\n", "é=🙂\n",
    "A=${HF_TOKEN}\n", "  TOKEN = ¶ # c\n",
)  # fmt: skip
_IGNORES = (".env\n", ".env*\n", "*\n!.env.example\n", "build/\r\n", "# x", "!.env\n", "")


def project(random: Random) -> bytes:
    """A few files with values in them, and what may have been there for a fix to add to."""
    files = {}
    for language in random.sample(list(cases.PATHS), random.choice([1, 1, 2, 3])):
        path = random.choice(cases.PATHS[language])
        codec = f" {random.choice(cases.CODECS)}" if random.random() < 0.05 else ""
        pool = cases.seeds(language)
        made = "\n".join(random.choice(pool) for _ in range(random.choice([1, 2, 3])))
        files[path + codec] = cases.mutated(random, made, pool) if random.random() < 0.6 else made
    for name, pool in ((".env", _ENVS), (".gitignore", _IGNORES), (".dockerignore", _IGNORES), (".env.example", _ENVS)):
        if random.random() < 0.3:
            made = (
                random.choice(pool).replace("§", "").replace("¤", "") if name == ".env.example" else random.choice(pool)
            )
            files.setdefault(name, cases.mutated(random, made) if random.random() < 0.3 else made)
    if random.random() < 0.3:
        files.setdefault("README.md", f"---\nsdk: {random.choice(['gradio', 'docker', 'static'])}\n---\n")
    return cases.archive(files)


def check_fixes(case: bytes) -> None:
    """Fix a folder, and hold what has to be true of it."""
    with quick(), folder_of(cases.files_of(case)) as folder:
        before = read(folder)
        try:
            outcome = fixing.fix(request(folder), dry=True)
            assert read(folder) == before, "a dry run changes something"
            for difference in outcome.differences:
                assert not cases.exposed(f"{difference.before}{difference.after}"), "a difference shows a value"
            edits: list[tuple[bytes, list[tuple[Span, str]]]] = []
            with recorded(edits):
                outcome = fixing.fix(request(folder))
        except UserError:
            assert read(folder) == before, "a fix that fails changes something"
            return
        after = read(folder)
        names = [name for moved in outcome.moved for name in moved.names]
        check_kept(before, after)
        _check_private(folder, before, after, names)
        _check_names(before, after, names)
        _check_bytes(before, after, edits)
        for path, raw in after.items():
            if path in before and raw != before[path]:
                _check_syntax(path, before[path], raw)
        again = fixing.fix(request(folder))
        assert not again.moved, "a second fix moves something"
        assert read(folder) == after, "a second fix changes something"


def check_kept(before: Files, after: Files) -> None:
    """No value that stood in a file is gone, and only `.env` got any."""
    for path in before:
        assert path in after, "a file is gone"
    stored = "\n".join(text for path, raw in after.items() if _is_env(path, raw) for text in env_values(raw).values())
    for path, raw in before.items():
        if os.path.basename(path) in DECLARING:
            continue
        for forms in values(path, raw):
            kept = any(value in stored or any(value in _text(data) for data in after.values()) for value in forms)
            assert kept, "a value is lost"
    for path, raw in after.items():
        if new := set(cases.exposed(_text(raw))) - set(cases.exposed(_text(before.get(path, b"")))):
            assert os.path.basename(path) == ".env", f"a value went elsewhere than into `.env`: {new}"


def values(path: str, raw: bytes) -> list[tuple[str, str, str]]:
    """The values in a file, each as it is, as it is written there, and with the escaped line ends of a key undone."""
    document = texts.document_of(path, raw)
    found = scanner().scan(document).findings
    known = [(one.secret.reveal(), document.text(one.span)) for one in found if one.secret is not None]
    return [(value, written, value.replace("\\n", "\n")) for value, written in known]


@contextmanager
def folder_of(files: Mapping[str, bytes]) -> Iterator[str]:
    """A folder with these files, as far as their paths go together."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as made:
        folder = os.path.realpath(made)
        for path, raw in files.items():
            try:
                write(folder, {path: raw})
            except (OSError, ValueError):
                continue
        yield folder


def _check_private(folder: str, before: Files, after: Files, names: Sequence[str]) -> None:
    """Nobody else may read a `.env` that was written, or that is said to keep what was moved."""
    for path, raw in after.items():
        if os.path.basename(path) == ".env" and (raw != before.get(path) or names):
            assert stat.S_IMODE(os.stat(os.path.join(folder, path)).st_mode) == 0o600, "others may read `.env`"


def _check_names(before: Files, after: Files, names: Sequence[str]) -> None:
    found = [value for path, raw in before.items() for forms in values(path, raw) for value in forms]
    texts_before = list(map(_text, before.values()))
    envs = {path: raw for path, raw in after.items() if os.path.basename(path) == ".env"}
    if not all(_is_env(path, before.get(path, b"")) for path in envs):
        return
    stored = {name: value for raw in envs.values() for name, value in env_values(raw).items()}
    for name in names:
        assert name in stored, "python-dotenv does not read a moved value"
        # Behind `<HF_TOKEN>` a text may be a value that was none before.
        stood = any(value in stored[name] for value in found) or any(stored[name] in text for text in texts_before)
        assert stood, "python-dotenv reads something else under the name"


def _check_bytes(before: Files, after: Files, edits: Sequence[tuple[bytes, Sequence[tuple[Span, str]]]]) -> None:
    """A file is what the edits make of it, one batch upon the other, and nothing else."""
    for path, raw in after.items():
        name = os.path.basename(path)
        if name in DECLARING or raw == before.get(path):
            continue
        data, encoding = decode(before[path])
        for old, batch in edits:
            if old == data != b"":  # a new file
                data = _spliced(old, batch)
        assert raw == encoding.encode(data), "a byte outside of the edits changed"


def _spliced(data: bytes, batch: Sequence[tuple[Span, str]]) -> bytes:
    made, at = b"", 0
    for span, text in sorted(batch):
        made += data[at : span.start] + text.encode()
        at = span.end
    return made + data[at:]


def _check_syntax(path: str, before: bytes, after: bytes) -> None:
    old, new = texts.document_of(path, before), texts.document_of(path, after)
    assert languages.errors(new) <= languages.errors(old), "a fix breaks the syntax"
    if old.language == "python" and texts.parses(old.data):
        assert texts.parses(new.data), "Python cannot parse what a fix left"


def _is_env(path: str, raw: bytes) -> bool:
    """Whether python-dotenv reads a file: it wants UTF-8."""
    return path.endswith(".env") and texts.is_utf8(raw)


def _text(raw: bytes) -> str:
    return decode(raw)[0].decode("utf-8", "replace")
