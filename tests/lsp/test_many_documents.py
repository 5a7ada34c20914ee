"""Thousands of open documents, and large ones: what has not changed is not worked on again, and nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types
from unspill import languages
from unspill.document import Document
from unspill.lsp import convert, diagnostics, server
from unspill.lsp.analysis import Analyser
from unspill.project import tree
from unspill.scan import Scanner

from tests.lsp.harness import Editor, token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from unspill.lsp.analysis import Looked

SPAN = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 60}}


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often documents were scanned, findings located, folders listed, and diagnostics made.

    What the checks on apps do in their own thread, once typing pauses, is not counted.
    """
    counts: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            counts[name] += not threading.current_thread().name.startswith("unspill-names")
            return function(*arguments, **options)

        return counted

    monkeypatch.setattr(Scanner, "scan", counting("scans", Scanner.scan))
    monkeypatch.setattr(languages, "site", counting("sites", languages.site))
    monkeypatch.setattr(languages, "env_value", counting("values", languages.env_value))
    monkeypatch.setattr(tree.DiskTree, "list", counting("listings", tree.DiskTree.list))
    monkeypatch.setattr(convert, "diagnostic", counting("diagnostics", convert.diagnostic))
    return counts


def opened(editor: Editor, root: Path, count: int) -> list[str]:
    """So many documents with a secret each, each in a folder of its own."""
    uris = [(root / f"d{number}" / "app.py").as_uri() for number in range(count)]
    for number, uri in enumerate(uris):
        (root / f"d{number}").mkdir(parents=True, exist_ok=True)
        editor.open(uri, f"TOKEN_{number} = '{token(number)}'\n")
    assert editor.actions(uris[0], SPAN)
    return uris


def look_again(editor: Editor, uris: list[str]) -> None:
    """Ask for the actions once more."""
    assert editor.actions(uris[0], SPAN)


def type_elsewhere(editor: Editor, uris: list[str]) -> None:
    """Change another document, and ask for the actions."""
    editor.change(uris[1], (None, editor.buffers[uris[1]] + f"other = '{token(9001)}'\n"))
    assert editor.actions(uris[0], SPAN)


def close_one(editor: Editor, uris: list[str]) -> None:
    """Close another document, and ask for the actions."""
    editor.close(uris[1])
    assert editor.actions(uris[0], SPAN)


@pytest.mark.parametrize("step", [look_again, type_elsewhere, close_one])
def test_an_action_costs_what_has_changed(step: Any, root: Path, work: Counter[str]) -> None:
    """With twice as many open documents, an action means no more scans, sites, listings or diagnostics than before."""

    def cost(count: int) -> Counter[str]:
        with Editor(root, "emacs") as editor:
            uris = opened(editor, root, count)
            work.clear()
            step(editor, uris)
            return Counter(work)

    few, many = cost(8), cost(16)
    assert many == few


def test_a_watched_file_costs_no_scan_and_nothing_is_said_twice(root: Path, work: Counter[str]) -> None:
    """An event has no document scanned again, and only those shown again about which something else is said now."""
    event = {"changes": [{"uri": (root / ".env").as_uri(), "type": 2}]}
    with Editor(root, "emacs") as editor:
        uris = opened(editor, root, 8)
        editor.notifications.clear()
        work.clear()
        editor.notify("workspace/didChangeWatchedFiles", event)
        for _ in range(2 * len(uris)):
            assert editor.messages() == []
        assert editor.notifications == []
        (root / "unspill.toml").write_text('[severity]\nhuggingface-user-token = "hint"\n')
        editor.notify("workspace/didChangeWatchedFiles", event)
        assert {editor.diagnostics(uri)[0]["severity"] for uri in uris} == {4}
        assert work["scans"] == 0


async def test_the_loop_has_its_turn_between_documents(root: Path) -> None:
    """Many documents are looked at again one at a time; a second event takes the place of the first."""
    session = server.build().session
    for number in range(20):
        text = f"TOKEN_{number} = '{token(number)}'\n"
        session.open(types.TextDocumentItem((root / f"{number}.py").as_uri(), "python", 1, text))
    diagnostics.update_all(session)
    first = session._follow_up
    session.invalidate()
    diagnostics.update_all(session)
    assert first is not None
    assert session._follow_up is not None
    turns = 0
    while not session._follow_up.done():
        await asyncio.sleep(0)
        turns += 1
    assert first.cancelled()
    assert turns >= 20
    assert len(session.published) == 20


async def test_the_loop_has_its_turn_before_an_action(root: Path) -> None:
    """What an action needs of the other documents is worked out a document at a time, and then it is there."""
    session = server.build().session
    for number in range(20):
        text = f"TOKEN_{number} = '{token(number)}'\n"
        session.open(types.TextDocumentItem((root / f"{number}.py").as_uri(), "python", 1, text))
    turns = []
    for invalidates in (False, True, False):
        if invalidates:
            session.invalidate()
        preparing = asyncio.ensure_future(session.naming.prepare(str(root)))
        turns.append(0)
        while not preparing.done():
            await asyncio.sleep(0)
            turns[-1] += 1
    assert turns[0] >= 20
    assert turns[1] >= 20
    assert turns[2] < 5


def test_the_same_names_whether_asked_for_once_or_step_by_step(root: Path) -> None:
    """What is kept of earlier states changes no name: after each edit they are those of a session that starts there."""
    texts = [f"TOKEN = '{token(number % 3)}'\nA = '{token(number)}'\n" for number in range(6)]

    def titles(editor: Editor, uri: str) -> list[str]:
        found = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 60}}
        return [action["title"] for action in editor.actions(uri, found)]

    uris = [(root / f"{number}.py").as_uri() for number in range(3)]
    with Editor(root, "emacs") as editor:
        for uri, text in zip(uris, texts, strict=False):
            editor.open(uri, text)
        for step, text in enumerate(texts):
            editor.change(uris[step % 3], (None, text))
            kept = [titles(editor, uri) for uri in uris]
            with Editor(root, "emacs") as fresh:
                for uri in uris:
                    fresh.open(uri, editor.buffers[uri])
                assert kept == [titles(fresh, uri) for uri in uris]


@pytest.mark.parametrize(
    "client",
    [{"general": {}}, {"textDocument": {"diagnostic": {}}, "workspace": {"diagnostics": {"refreshSupport": True}}}],
    ids=["push", "pull"],
)
def test_a_document_too_large_to_scan_says_so(client: dict[str, Any], root: Path) -> None:
    """One note with its size and the limit, pushed or asked for, as long as the document is that large."""
    uri = (root / "app.py").as_uri()
    with Editor(root, client, options={"max-file-size": "1kB"}) as editor:
        editor.open(uri, f"TOKEN = '{token(1)}'\n" + "x = 1\n" * 400_000)
        (note,) = editor.diagnostics(uri)
        assert note["severity"] == 3
        assert note["message"] == "too large to scan: 2,400,048 bytes; the limit (max-file-size) is 1,000 bytes"
        assert note["range"]["end"] == {"line": 0, "character": 0}
        assert not editor.actions(uri, SPAN)
        editor.change(uri, (None, f"TOKEN = '{token(1)}'\n"))
        (found,) = editor.diagnostics(uri)
        assert found["code"] == "huggingface-user-token"


@pytest.mark.parametrize("client", ["vscode", "emacs"])
def test_a_document_full_of_hits_never_holds_up_the_loop(
    client: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is scanned the server answers; of the states typed meanwhile only the last one is scanned, too."""
    may_go, look, looked = threading.Event(), Analyser.look, []

    def held(self: Analyser, document: Document, *arguments: Any) -> Looked:
        if len(document.data) > 50_000:
            looked.append(document.version)
            assert may_go.wait(60)
        return look(self, document, *arguments)

    monkeypatch.setattr(Analyser, "look", held)
    uri, text = (root / "app.py").as_uri(), "api_key=" * 10_000
    with Editor(root, client) as editor:
        editor.open(uri, text)
        for version in range(2, 30):
            editor.change(uri, (None, text + f"\nHF_TOKEN = '{token(version)}'\n"))
            if client == "vscode":  # it asks, where others are told
                params = {"textDocument": {"uri": uri}}
                editor.send({"id": f"pull {version}", "method": "textDocument/diagnostic", "params": params})
        assert editor.messages() == []
        may_go.set()
        assert [one["code"] for one in editor.diagnostics(uri)] == ["huggingface-user-token"]
    assert looked[-1] == 29
    assert len(looked) <= 3


def test_positions_are_counted_once_for_all() -> None:
    """However many findings a document has, its lines are not counted from the start for each."""

    class Counted(bytes):
        counts = 0

        def count(self, *arguments: Any) -> int:
            Counted.counts += 1
            return super().count(*arguments)

    counts = []
    for lines in (100, 200):
        Counted.counts = 0
        document = Document(Counted(b"x\n" * lines))
        assert [document.position(2 * line).line for line in range(lines)] == list(range(lines))
        counts.append(Counted.counts)
    assert counts[0] == counts[1]
