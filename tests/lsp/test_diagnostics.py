"""Diagnostics: pushed or pulled, where they stand, and what they carry."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from unspill.lsp import diagnostics
from unspill.lsp.analysis import Analyser

from tests.lsp.harness import Editor, capabilities, token

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = ("vscode", "neovim", "emacs")


def text_at(text: str, span: dict[str, Any], unit: str) -> str:
    """What a client sees at a range of one line."""
    line = text.split("\n")[span["start"]["line"]]
    assert span["start"]["line"] == span["end"]["line"]
    codecs = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
    codec, size = codecs[unit]
    raw = line.encode(codec)
    start, end = (span[side]["character"] * size for side in ("start", "end"))
    shown: str = raw[start:end].decode(codec)
    return shown


@pytest.mark.parametrize(("client", "unit"), [("vscode", "utf-16"), ("neovim", "utf-8"), ("emacs", "utf-32")])
@pytest.mark.parametrize("before", ["", "😀", "日本語", "e\u0301", "😀日é"])
def test_ranges_are_exact_in_the_clients_units(client: str, unit: str, before: str, root: Path) -> None:
    """The range covers the token and nothing else, whatever stands before it and whatever columns count."""
    secret = token(10)
    text = f"# {before}\ngreeting = '{before}'; HF_TOKEN = '{secret}'\n"
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        assert editor.unit == unit
        editor.open(uri, text)
        (found,) = editor.diagnostics(uri)
    assert text_at(text, found["range"], unit) == secret


@pytest.mark.parametrize("client", CLIENTS)
def test_a_diagnostic_says_what_it_is(client: str, root: Path) -> None:
    """Rule, severity, source, link and a message come with it, and data that holds ids only."""
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(11)}'\n", version=7)
        (found,) = editor.diagnostics(uri)
    assert found["code"] == "huggingface-user-token"
    assert found["codeDescription"] == {"href": "https://huggingface.co/settings/tokens"}
    assert found["severity"] == 1
    assert found["source"] == "unspill"
    assert found["message"].startswith("Hardcoded Hugging Face user access token")
    assert found["data"] == {"finding": "huggingface-user-token@12"}


def test_places_with_the_same_value_are_related(root: Path) -> None:
    """Each diagnostic names the other places of its document that hold the value, and only those."""
    secret = token(12)
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{secret}'\nOTHER = '{token(13)}'\nAGAIN = '{secret}'\n")
        found = editor.diagnostics(uri)
    lines = [
        [item["location"]["range"]["start"]["line"] for item in one.get("relatedInformation", [])] for one in found
    ]
    assert lines == [[2], [], [0]]


def test_a_value_in_many_places_names_the_first_of_them(root: Path) -> None:
    """Four related places at most, the last of which says how many more there are: editors list all of them."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(14)}'\n" * 7)
        found = editor.diagnostics(uri)
    related = found[0]["relatedInformation"]
    assert [item["location"]["range"]["start"]["line"] for item in related] == [1, 2, 3, 4]
    assert [item["message"] for item in related] == ["the same value"] * 3 + ["the same value, as in 2 more places"]


@pytest.mark.parametrize("client", CLIENTS)
def test_diagnostics_are_pushed_or_pulled_but_never_both(client: str, root: Path) -> None:
    """A client that asks is sent nothing; one that cannot ask is sent everything, and offered no asking."""
    uri = (root / "app.py").as_uri()
    pulls = client != "emacs"
    with Editor(root, client) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(14)}'\n")
        assert len(editor.diagnostics(uri)) == 1
        editor.change(uri, (None, "HF_TOKEN = ''\n"))
        assert editor.diagnostics(uri) == []
        pushed = [item for item in editor.notifications if item["method"] == "textDocument/publishDiagnostics"]
        assert not (pulls and pushed)
        if not pulls:
            assert editor.answer("textDocument/diagnostic", {"textDocument": {"uri": uri}})["error"]["code"] == -32601


def test_pushed_diagnostics_carry_the_version_and_are_cleared_on_close(root: Path) -> None:
    """Every push names the version it is about, and closing a document leaves nothing behind."""
    uri = (root / "app.py").as_uri()
    with Editor(root, "emacs") as editor:
        editor.open(uri, f"HF_TOKEN = '{token(15)}'\n", version=4)
        assert editor.wait_for("textDocument/publishDiagnostics")["version"] == 4
        editor.change(uri, (None, f"# new\nHF_TOKEN = '{token(15)}'\n"))
        assert editor.wait_for("textDocument/publishDiagnostics")["version"] == 5
        editor.close(uri)
        assert editor.wait_for("textDocument/publishDiagnostics")["diagnostics"] == []


def test_a_pull_of_what_is_known_is_unchanged(root: Path) -> None:
    """The same state has the same result id; a new state, even with the same text, has another."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(16)}'\n")
        first = editor.pull(uri)
        assert (first["kind"], len(first["items"])) == ("full", 1)
        second = editor.pull(uri, first["resultId"])
        assert second == {"kind": "unchanged", "resultId": first["resultId"]}
        editor.close(uri)
        editor.open(uri, "HF_TOKEN = ''\n")
        third = editor.pull(uri, first["resultId"])
        assert (third["kind"], third["items"]) == ("full", [])


def test_a_document_that_is_not_open_has_the_diagnostics_of_its_file(root: Path) -> None:
    """A pull for it is answered from the disk, by the settings that hold there, and again only if the file changes."""
    uri, secret = (root / "app.py").as_uri(), token(170)
    (root / "app.py").write_text(f"\nHF_TOKEN = '{secret}'\n")
    with Editor(root) as editor:
        first = editor.pull(uri)
        (found,) = first["items"]
        assert found["range"]["start"] == {"line": 1, "character": 12}
        assert editor.pull(uri, first["resultId"]) == {"kind": "unchanged", "resultId": first["resultId"]}
        (root / "app.py").write_text("x = 1\n")
        assert editor.pull(uri, first["resultId"])["items"] == []
        editor.open(uri, f"HF_TOKEN = '{secret}'\n")
        assert editor.pull(uri)["items"][0]["range"]["start"] == {"line": 0, "character": 12}
        (root / "unspill.toml").write_text('exclude = ["other.py"]\n')
        (root / "other.py").write_text(f"HF_TOKEN = '{secret}'\n")
        editor.notify("workspace/didChangeWatchedFiles", {"changes": []})
        assert editor.pull((root / "other.py").as_uri())["items"] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["app.py", "folder", None])
def test_what_cannot_be_read_is_not_called_clean(name: str | None, root: Path) -> None:
    """A pull for what is neither open nor a file has to be asked again; one that waits hears when it is opened."""
    (root / "folder").mkdir()
    uri = (root / name).as_uri() if name else "untitled:Untitled-1"
    with Editor(root) as editor:
        answer = editor.answer("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        assert (answer["error"]["code"], answer["error"]["data"]) == (-32802, {"retriggerRequest": True})
        editor.send({"id": "pull", "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": uri}}})
        editor.open(uri, f"HF_TOKEN = '{token(171)}'\n")
        assert len(editor.wait(lambda message: message.get("id") == "pull")["result"]["items"]) == 1


def test_a_document_that_is_opened_while_its_file_is_looked_for_is_answered(root: Path) -> None:
    """Whichever comes first, the end of the look at the disk or the opening: the question about it has its answer."""
    with Editor(root) as editor:
        for number in range(40):
            (root / f"folder{number}").mkdir()
            uri = (root / f"folder{number}").as_uri()
            editor.send({"id": uri, "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": uri}}})
            editor.open(uri, f"HF_TOKEN = '{token(171)}'\n")
            assert len(editor.wait(lambda message, uri=uri: message.get("id") == uri)["result"]["items"]) == 1


def test_each_question_about_a_document_waits_for_its_opening(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has waited in vain, or is cancelled, does not take the others with it, and leaves nothing behind."""
    uri = "untitled:Untitled-1"
    with Editor(root) as editor:
        for number, seconds in (("first", 0.2), ("second", 8.0), ("third", 8.0)):
            monkeypatch.setattr(diagnostics, "_OPENING", seconds)
            editor.send({"id": number, "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": uri}}})
            editor.messages()
        assert "error" in editor.wait(lambda message: message.get("id") == "first")
        editor.notify("$/cancelRequest", {"id": "third"})
        assert "error" in editor.wait(lambda message: message.get("id") == "third")
        start = time.monotonic()
        editor.open(uri, f"HF_TOKEN = '{token(173)}'\n")
        assert len(editor.wait(lambda message: message.get("id") == "second")["result"]["items"]) == 1
        assert time.monotonic() - start < 4


def test_a_document_that_was_closed_and_is_gone_has_no_diagnostics(root: Path) -> None:
    """The last question about a file that was deleted or renamed is answered: VS Code keeps what it shows otherwise."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(172)}'\n")
        assert len(editor.pull(uri)["items"]) == 1
        editor.close(uri)
        assert editor.pull(uri)["items"] == []


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "git:/app.py?ref=HEAD", "vscode-userdata:/x.py"])
def test_documents_that_are_no_files_are_scanned(uri: str) -> None:
    """Without a file, a folder or a workspace there are diagnostics; there is no `.env`, so there are no fixes."""
    with Editor(None) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(17)}'\n")
        (found,) = editor.diagnostics(uri)
        assert editor.actions(uri, found["range"], [found]) == []


def test_a_comment_silences_a_finding(root: Path) -> None:
    """The directive that the command line knows counts here too."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(18)}'  # unspill: ignore a test\n")
        assert editor.diagnostics(uri) == []


def test_an_ignored_dotenv_is_where_values_belong(root: Path) -> None:
    """`.env` has findings until git ignores it, be it in a buffer that is not saved."""
    env, ignore = (root / ".env").as_uri(), (root / ".gitignore").as_uri()
    with Editor(root) as editor:
        editor.open(env, f"HF_TOKEN={token(19)}\n", "dotenv")
        assert len(editor.diagnostics(env)) == 1
        editor.open(ignore, ".env\n", "ignore")
        editor.notify("textDocument/didSave", {"textDocument": {"uri": ignore}})
        assert editor.diagnostics(env) == []


@pytest.mark.parametrize("client", ["vscode", "emacs"])
def test_a_large_document_is_scanned_beside_the_loop(client: str, root: Path) -> None:
    """Over a megabyte the findings are the same."""
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, "x = 1\n" * 200_000 + f"HF_TOKEN = '{token(20)}'\n")
        (found,) = editor.diagnostics(uri)
    assert found["range"]["start"] == {"line": 200_000, "character": 12}


def test_a_result_for_an_older_state_is_dropped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found in a large document that has changed since is not shown: the client is told to ask again."""
    looking, go_on = threading.Event(), threading.Event()
    look = Analyser.look

    def slow(self: Analyser, *arguments: Any) -> Any:
        looking.set()
        assert go_on.wait(60)
        return look(self, *arguments)

    monkeypatch.setattr(Analyser, "look", slow)
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(21)}'\n" + "x = 1\n" * 200_000)
        editor.send({"id": "pull", "method": "textDocument/diagnostic", "params": {"textDocument": {"uri": uri}}})
        assert looking.wait(60)
        editor.change(uri, (None, "x = 1\n"))
        editor.request(
            "textDocument/hover", {"textDocument": {"uri": "none:"}, "position": {"line": 0, "character": 0}}
        )
        go_on.set()
        error = editor.wait(lambda message: message.get("id") == "pull")["error"]
    assert (error["code"], error["data"]) == (-32802, {"retriggerRequest": True})


def test_a_client_that_says_nothing_gets_the_least(root: Path) -> None:
    """Without capabilities: pushed diagnostics, UTF-16, no link to related places."""
    secret = token(22)
    uri = (root / "app.py").as_uri()
    with Editor(root, {"general": {}}) as editor:
        assert editor.unit == "utf-16"
        editor.open(uri, f"a = '😀{secret}'\nb = '{secret}'\n")
        found = editor.diagnostics(uri)
    assert found[0]["range"]["start"]["character"] == 7
    assert "relatedInformation" not in found[0]


def test_what_the_server_offers(root: Path) -> None:
    """The answer to `initialize`, whole: a change in what is offered shows in review."""
    with Editor(root, {}) as editor:
        editor.capabilities = capabilities("vscode")
        offered = editor.initialize()["capabilities"]
    assert offered == {
        "positionEncoding": "utf-16",
        "textDocumentSync": {
            "openClose": True,
            "change": 1,
            "willSave": False,
            "willSaveWaitUntil": False,
            "save": {"includeText": False},
        },
        "notebookDocumentSync": {"notebookSelector": [{"notebook": "*"}]},
        "completionProvider": {"triggerCharacters": ["'", '"', "{", ".", "$"]},
        "hoverProvider": True,
        "definitionProvider": True,
        "referencesProvider": True,
        "renameProvider": {"prepareProvider": True},
        "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll.unspill"]},
        "executeCommandProvider": {
            "commands": [
                "unspill.moveSecret",
                "unspill.fixAll",
                "unspill.addToBaseline",
                "unspill.showSteps",
                "unspill.openRevokePage",
                "unspill.addToRotation",
                "unspill.fixWorkspace",
                "unspill.secrets",
                "unspill.declare",
            ]
        },
        "diagnosticProvider": {
            "identifier": "unspill",
            "interFileDependencies": False,
            "workspaceDiagnostics": True,
        },
        "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}, "fileOperations": {}},
    }
