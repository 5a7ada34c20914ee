"""One project: fixed in a folder, and everything that must hold held."""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shutil
import stat
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple
from unittest.mock import patch

import dotenv
import yaml
from unspill import pipeline, syntax
from unspill.app import Request, fixing
from unspill.document import Document, apply_edits, decode, edited
from unspill.errors import UserError
from unspill.model import Span
from unspill.project.tree import DiskTree
from unspill.settings import Settings

from tests.proof import generate, running, shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from unspill.app.fixing import Outcome

    from tests.proof.generate import File, Piece, Project
    from tests.proof.running import Ran

Files = dict[str, bytes]
"""The files of a folder, by path."""
_SHOWN = re.compile(r"print|shown|logger|gradio|streamlit")
_ADDED = re.compile(r"(?:import \w+|from \w+ import \w+)?\Z")


class Verdict(NamedTuple):
    """What became of a piece: `fixed` or `explained`, or `failed` with what went wrong."""

    shape: str
    outcome: str
    note: str = ""


class BreakageError(AssertionError):
    """Something does not hold. The message may hold made-up values."""


@contextmanager
def quick() -> Iterator[None]:
    """Load the rules once for all projects, and let files be as safe as a test's need be."""
    with (
        patch.object(pipeline, "Scanner", lambda *_, **__: generate.scanner()),
        patch.object(os, "fsync", lambda _: None),
    ):
        yield


@contextmanager
def tracking(paths: frozenset[str]) -> Iterator[None]:
    """Let git track these paths."""
    with patch.object(DiskTree, "tracked", lambda _, path: path in paths):
        yield


@contextmanager
def folder_with(project: Project) -> Iterator[str]:
    """A folder that holds the project's files."""
    folder = os.path.realpath(tempfile.mkdtemp(prefix="proof"))
    try:
        write(folder, {file.path: file.raw for file in project.files})
        yield folder
    finally:
        shutil.rmtree(folder)


def write(folder: str, files: Mapping[str, bytes]) -> None:
    """Write files into a folder."""
    for path, raw in files.items():
        place = os.path.join(folder, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(raw)


def read(folder: str) -> Files:
    """Every file in a folder."""
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            place = os.path.join(base, name)
            with open(place, "rb") as file:
                found[os.path.relpath(place, folder).replace(os.sep, "/")] = file.read()
    return found


def request(folder: str) -> Request:
    """The request to fix a folder."""
    return Request((folder,), lambda _, __: Settings(), folder, jobs=1)


def prove(seed: int) -> list[Verdict]:
    """What becomes of each piece of the project number `seed`."""
    project = generate.project(seed)
    try:
        with quick(), tracking(project.tracked), folder_with(project) as folder:
            return _prove(project, folder)
    except Exception as error:  # noqa: BLE001  # whatever goes wrong in a project is its verdict
        where = f"seed {seed}: {type(error).__name__}: {error}"
        return [Verdict("(project)", "failed", where)]


def _prove(project: Project, folder: str) -> list[Verdict]:
    before = read(folder)
    if project.read_only:
        _check_read_only(project)
    values_before = {home: env_values(before.get(f"{home}.env")) for home in _homes(project)}
    programs = [file for file in project.files if file.code and _compiles(file.raw)]
    runs = {
        file.path: running.run(file.raw, file.path, *_environments(file, values_before[file.home])) for file in programs
    }
    edits: list[tuple[bytes, list[tuple[Span, str]]]] = []
    with recorded(edits):
        outcome = fixing.fix(request(folder))
    after = read(folder)
    _check_reversible(edits)
    values = {home: env_values(after.get(f"{home}.env")) for home in _homes(project)}
    _check_stores(project, folder, before, after, outcome)
    verdicts = []
    for file in project.files:
        if file.pieces:
            fate = _fates(project, file, after[file.path], outcome, values[file.home])
            _check_untouched(file, after[file.path])
            _check_format(file, after[file.path])
            _check_names(file, fate, values[file.home])
            verdicts += fate
        elif not os.path.basename(file.path).startswith(".") and after[file.path] != file.raw:
            raise BreakageError(f"{file.path}: changed, although there is nothing in it")
    for file in programs:
        ran = running.run(after[file.path], file.path, *_environments(file, values[file.home]))
        _check_same(file, runs[file.path], ran, values[file.home])
        _check_unset(file, after[file.path])
    again = fixing.fix(request(folder))
    if again.moved or again.differences or read(folder) != after:
        raise BreakageError("a second fix changes something")
    return verdicts


def _check_read_only(project: Project) -> None:
    """A file that may not be written is as it was, and so is everything else if it should have changed."""
    with folder_with(project) as folder:
        before = read(folder)
        for path in project.read_only:
            os.chmod(os.path.join(folder, path), 0o444)
        try:
            fixing.fix(request(folder))
        except UserError as error:
            if "read-only" not in str(error) or read(folder) != before:
                raise BreakageError("a read-only file, and something was changed") from error
        if any(read(folder)[path] != before[path] for path in project.read_only):
            raise BreakageError("a read-only file was changed")


def _homes(project: Project) -> list[str]:
    return sorted({file.home for file in project.files})


def _compiles(raw: bytes) -> bool:
    try:
        compile(raw, "app.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def env_values(raw: bytes | None) -> dict[str, str]:
    """What python-dotenv makes of a `.env`, empty values left out."""
    with patch.dict(os.environ, clear=True):
        loaded = dotenv.dotenv_values(stream=io.StringIO((raw or b"").decode("utf-8-sig"), newline=""))
    return {name: value for name, value in loaded.items() if value}


def _environments(file: File, values: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The environment at the start, and what `load_dotenv()` will add: a file that calls it starts without."""
    loads = any("load_dotenv" in piece.shape.source for piece in file.pieces)
    return ({}, values) if loads else (values, values)


@contextmanager
def recorded(edits: list[tuple[bytes, list[tuple[Span, str]]]]) -> Iterator[None]:
    """Note every batch of edits that a fix applies."""

    def apply(raw: bytes | None, batch: list[tuple[Span, str]]) -> bytes:
        edits.append((decode(raw or b"")[0], list(batch)))
        return edited(raw, batch)

    with patch.object(fixing, "edited", apply):
        yield


def _check_reversible(edits: list[tuple[bytes, list[tuple[Span, str]]]]) -> None:
    for data, batch in edits:
        shift, back = 0, []
        for span, text in sorted(batch):
            start, size = span.start + shift, len(text.encode())
            back.append((Span(start, start + size), data[span.start : span.end].decode()))
            shift += size - (span.end - span.start)
        if apply_edits(apply_edits(data, batch), back) != data:
            raise BreakageError("the reverse edit does not restore the bytes")


def _check_stores(project: Project, folder: str, before: Files, after: Files, outcome: Outcome) -> None:
    """`.env` keeps what it had, private and ignored; `.env.example` has names and no values, and is not ignored."""
    if any(name not in before and not name.endswith((".env", ".env.example", "ignore")) for name in after):
        raise BreakageError("a file was made that nobody needs")
    declared = {name for moved in outcome.moved for name in moved.declared}
    values = {piece.value.text for file in project.files for piece in file.pieces}
    for home in _homes(project):
        env, example = f"{home}.env", f"{home}.env.example"
        old, new = env_values(before.get(env)), env_values(after.get(env))
        if any(new.get(name) != value for name, value in old.items()):
            raise BreakageError(f"{env}: a value was lost")
        if before.get(env) != after.get(env):
            if stat.S_IMODE(os.stat(os.path.join(folder, env)).st_mode) != 0o600:
                raise BreakageError(f"{env}: others may read it")
            tree = DiskTree(folder)
            if not tree.ignored(env) or (example in after and tree.ignored(example)):
                raise BreakageError(f"{env} is not ignored, or {example} is")
        if any(value.encode() in after.get(example, b"") for value in values):
            raise BreakageError(f"{example}: holds a value")
    listed = {name for home in _homes(project) for name in _names(after.get(f"{home}.env.example", b""))}
    if not declared <= listed:
        raise BreakageError(f"not declared: {sorted(declared - listed)}")


def _names(raw: bytes) -> set[str]:
    return set(dotenv.dotenv_values(stream=io.StringIO(raw.decode("utf-8-sig"))))


def _fates(project: Project, file: File, raw: bytes, outcome: Outcome, values: Mapping[str, str]) -> list[Verdict]:
    """What became of each piece: its value is gone and stored, or a finding there says what to do."""
    data, _ = decode(raw)
    document = Document(data, file.path)
    rows = [row for row in outcome.left.rows if row.path == file.path and row.kind == "secret" and row.advice]
    offsets = [document.offset(row.start) for row in rows]
    advice = [row.advice for row in rows]
    stored = "\n".join(values.values())
    verdicts, left = [], []
    for piece in file.pieces:
        start, end = _region(data, piece)
        if written_core_of(piece).encode() not in data[start:end]:
            if core_of(piece) not in stored:
                raise BreakageError(f"{file.path}: {piece.shape.name}: the value is neither in .env nor in the code")
            verdicts.append(Verdict(piece.shape.name, "fixed"))
            continue
        said = next((text for at, text in zip(offsets, advice, strict=True) if start <= at < end), "")
        if not said:
            raise BreakageError(f"{file.path}: {piece.shape.name}: left without a word: {data[start:end].decode()}")
        text = data[start:end].decode()
        verdicts.append(Verdict(piece.shape.name, "explained", f"{said}\n{text}"))
        left.append((start, end))
    if strange := [at for at in offsets if not any(start <= at < end for start, end in left)]:
        line = document.line_at(strange[0])
        text = data[slice(*document.line_span(line))].decode()
        raise BreakageError(f"{file.path}: something is found where nothing is left: {text}")
    return verdicts


def core_of(piece: Piece) -> str:
    """The part of a value that every way of storing it has."""
    return _longest(piece.value.text)


def written_core_of(piece: Piece) -> str:
    """The part of what a piece says in place of its value that stands there in one go."""
    marks = [text for mark, text in generate.forms(piece.value).items() if mark in piece.shape.source]
    return _longest(max(marks, key=len, default=piece.value.text))


def _longest(text: str) -> str:
    words: list[str] = re.findall(r"[A-Za-z0-9_+/-]+", text.replace("\\n", " "))
    return max(words, key=len)


def _region(data: bytes, piece: Piece) -> tuple[int, int]:
    first, last = (generate.KEEP.format(number).encode() for number in (piece.number, piece.number + 1))
    return data.index(first), data.index(last)


def _check_untouched(file: File, raw: bytes) -> None:
    """The lines that hold no value are as they were, in their order and with their line ends."""
    text, old = _text(file, raw), _text(file, file.raw)
    ends, old_ends = (set(re.findall(r"\r\n|\n|\r", some)) for some in (text, old))
    if not ends <= old_ends or (text[-1] in "\r\n") != (old[-1] in "\r\n") or not raw.startswith(_bom(file)):
        raise BreakageError(f"{file.path}: line ends or byte order mark changed")
    kept = [line for line in old.splitlines() if "keep_" in line]
    if not file.path.endswith(".ipynb") and [line for line in text.splitlines() if "keep_" in line] != kept:
        raise BreakageError(f"{file.path}: a line without a value changed")
    if file.code:
        mark = generate.KEEP.format(0)
        head, added = old.partition(mark)[0].splitlines(), text.partition(mark)[0].splitlines()
        rest = iter(head)
        wanted = next(rest, None)
        for line in added:
            if line == wanted:
                wanted = next(rest, None)
            elif not _ADDED.match(line):
                raise BreakageError(f"{file.path}: a line was added at the head: {line}")
        if wanted is not None and not (file.pieces[0].shape.alone and "\n" not in wanted):
            raise BreakageError(f"{file.path}: a line at the head is gone: {wanted}")


def _bom(file: File) -> bytes:
    marks = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
    return next((mark for mark in marks if file.raw.startswith(mark)), b"")


def _text(file: File, raw: bytes) -> str:
    return raw.removeprefix(_bom(file)).decode(file.codec)


def _check_format(file: File, raw: bytes) -> None:
    """The file is still one of its kind, and differs from before in the pieces alone."""
    name = os.path.basename(file.path)
    if file.code:
        if _compiles(file.raw):
            ast.parse(_text(file, raw), feature_version=(3, 10))
            compile(raw, file.path, "exec", dont_inherit=True)
    elif name == "note.ipynb":
        old, new = (json.loads(text)["cells"] for text in (file.raw, raw))
        if [cell["cell_type"] for cell in old] != [cell["cell_type"] for cell in new]:
            raise BreakageError("the notebook has other cells")
        if any("keep_" in str(cell) and cell != new[at] for at, cell in enumerate(old)):
            raise BreakageError("a cell without a value changed")
        for cell in new:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and not source.startswith(("!", "%")):
                compile(source, name, "exec", dont_inherit=True)
    elif name.endswith((".yml", ".yaml")):
        yaml.safe_load(_text(file, raw))
    else:
        grammar = {"Dockerfile": "containerfile", "start.sh": "bash"}.get(name)
        if grammar and _broken(raw, grammar) > _broken(file.raw, grammar):
            raise BreakageError(f"{name}: does not parse any more")


def _broken(raw: bytes, grammar: str) -> int:
    return syntax.errors(syntax.parse(raw, grammar))


def _check_same(file: File, before: Ran, after: Ran, values: Mapping[str, str]) -> None:
    """The program does what it did; what people see has lost its value."""
    if before.error != after.error or [call.name for call in before.calls] != [call.name for call in after.calls]:
        raise BreakageError(f"{file.path}: ran differently: {before} {after}")
    for old, new in zip(before.calls, after.calls, strict=True):
        if old == new:
            continue
        if old.name == "named" and any(value in str(new.arguments) for value in values.values()):
            continue
        if not (_SHOWN.match(old.name) and _redacted(old.arguments, new.arguments, values)):
            raise BreakageError(f"{file.path}: {old} became {new}")
    for name, value in before.environment.items():
        if after.environment.get(name) != value:
            raise BreakageError(f"{file.path}: {name} is not in the environment as it was")


def _check_unset(file: File, raw: bytes) -> None:
    """A program that tests a value gives its own answer where the name is not set."""
    if any(piece.shape.unset for piece in file.pieces) and (error := running.run(raw, file.path, {}, {}).error):
        raise BreakageError(f"{file.path}: {error} without the name: {raw.decode(file.codec)}")


def _check_names(file: File, verdicts: list[Verdict], values: Mapping[str, str]) -> None:
    """A value that its author has named keeps that name."""
    for piece, verdict in zip(file.pieces, verdicts, strict=True):
        is_named = piece.shape in (*shapes.NAMED, *shapes.COPIES) and verdict.outcome == "fixed"
        if is_named and values.get(piece.value.name) != piece.value.text:
            raise BreakageError(f"{file.path}: {piece.shape.name}: not called {piece.value.name}: {sorted(values)}")


def _redacted(old: object, new: object, values: Mapping[str, str]) -> bool:
    """Whether `new` is `old` with values blanked, or replaced by their names."""
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_redacted(a, b, values) for a, b in zip(old, new, strict=True))
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(_redacted(old[key], new[key], values) for key in old)
    if old == new:
        return True
    if isinstance(old, bytes) and isinstance(new, bytes):
        old, new = old.decode(), new.decode()
    if not isinstance(old, str) or not isinstance(new, str):
        return False
    forms: list[Callable[[str, str], str]] = [lambda value, _: old.replace(value, "")]
    forms.append(lambda value, name: old.replace(value, f"<{name}>"))
    return any(new == form(value, name) for name, value in values.items() if value in old for form in forms)
