"""Settings, folders and files that change, hover, notebooks."""

from __future__ import annotations

import subprocess
from random import Random
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

import pytest

from tests.lsp.harness import Editor, capabilities, notebook, token

if TYPE_CHECKING:
    from pathlib import Path

RULE = "huggingface-user-token"
OWN_RULE = """
[provider]
name = "Acme"
[[credential]]
id = "acme-key"
name = "Acme key"
pattern = 'acme_[A-Za-z0-9]{20}'
impact = "Opens everything."
rotate = "Make another."
example = ["k = {acme_[A-Za-z0-9]{20}}"]
not = ["acme_key"]
"""


def severity(editor: Editor, uri: str) -> int | None:
    """The severity of the only diagnostic, None if there is none."""
    found = editor.diagnostics(uri)
    return found[0]["severity"] if found else None


@pytest.mark.parametrize("options", [{"ignore": [RULE]}, {"unspill": {"ignore": [RULE]}}])
def test_options_of_initialize_count(options: dict[str, Any], root: Path) -> None:
    """Settings may come with `initialize`, as a section or in one."""
    uri = (root / "app.py").as_uri()
    with Editor(root, "emacs", options=options) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(60)}'\n")
        assert editor.diagnostics(uri) == []


def test_options_of_initialize_stay_where_the_client_has_no_others(root: Path) -> None:
    """A client that is asked for settings and answers `null`, as Emacs without any, has sent them with `initialize`."""
    uri = (root / "app.py").as_uri()
    with Editor(root, "emacs", options={"ignore": [RULE]}) as editor:
        editor.wait_for("workspace/configuration")
        assert editor.messages() == []  # what was sent before has arrived
        editor.open(uri, f"HF_TOKEN = '{token(60)}'\n")
        assert editor.diagnostics(uri) == []


def test_settings_are_asked_for_and_the_client_pulls_again(root: Path) -> None:
    """VS Code is asked after the start, for each folder; what it answers holds, and diagnostics are asked for anew."""
    uri = (root / "app.py").as_uri()
    settings = {"severity": {RULE: "warning"}, "enable": True, "trace": {"server": "off"}, "path": None}
    with Editor(root, configuration=settings) as editor:
        asked = editor.wait_for("workspace/configuration")
        assert asked["items"] == [{"section": "unspill"}, {"section": "unspill", "scopeUri": root.as_uri()}]
        editor.wait_for("workspace/diagnostic/refresh")
        editor.open(uri, f"HF_TOKEN = '{token(61)}'\n")
        assert severity(editor, uri) == 2


def test_changed_settings_take_effect(root: Path) -> None:
    """After `didChangeConfiguration` the settings are asked for again, and what was known is no longer unchanged."""
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(62)}'\n")
        before = editor.pull(uri)
        editor.configuration = {"severity": {RULE: "info"}}
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        editor.wait_for("workspace/diagnostic/refresh")
        after = editor.pull(uri, before["resultId"])
    assert (after["kind"], after["items"][0]["severity"]) == ("full", 3)


def test_settings_that_are_sent_take_effect(root: Path) -> None:
    """A client that cannot be asked sends its settings, and gets its diagnostics pushed anew."""
    silent = capabilities("emacs")
    silent["workspace"].pop("configuration", None)
    uri = (root / "app.py").as_uri()
    with Editor(root, silent) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(63)}'\n")
        assert severity(editor, uri) == 1
        editor.notify("workspace/didChangeConfiguration", {"settings": {"unspill": {"severity": {RULE: "hint"}}}})
        assert severity(editor, uri) == 4


def test_wrong_settings_are_said_and_the_defaults_hold(root: Path) -> None:
    """A mistake in the project's file is shown once, with its place, and findings are still found."""
    (root / "unspill.toml").write_text('disabel = ["x"]\n')
    uri = (root / "app.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(64)}'\n")
        assert severity(editor, uri) == 1
        editor.change(uri, (None, f"# x\nHF_TOKEN = '{token(64)}'\n"))
        assert severity(editor, uri) == 1
        (message,) = editor.messages()
    assert message.startswith("unspill: unspill.toml: disabel: unknown key")


def test_the_projects_file_counts_and_its_changes_are_watched(root: Path) -> None:
    """Watchers are registered where they can be; a change of the file changes what is found."""
    uri = (root / "app.py").as_uri()
    config = root / "unspill.toml"
    with Editor(root) as editor:
        registered = editor.wait_for("client/registerCapability")["registrations"]
        watched = {item["method"]: item["registerOptions"] for item in registered}["workspace/didChangeWatchedFiles"]
        assert {"globPattern": "**/unspill.toml"} in watched["watchers"]
        editor.open(uri, f"HF_TOKEN = '{token(65)}'\n")
        assert severity(editor, uri) == 1
        config.write_text(f'[severity]\n{RULE} = "warning"\n')
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": config.as_uri(), "type": 1}]})
        editor.wait_for("workspace/diagnostic/refresh")
        assert severity(editor, uri) == 2


def test_saving_a_file_that_decides_is_as_good_as_a_watcher(root: Path) -> None:
    """Neovim has no watchers: saving the project's file is noticed."""
    uri = (root / "app.py").as_uri()
    config = root / "unspill.toml"
    with Editor(root, "neovim") as editor:
        editor.open(uri, f"HF_TOKEN = '{token(66)}'\n")
        assert len(editor.diagnostics(uri)) == 1
        config.write_text(f'ignore = ["{RULE}"]\n')
        editor.notify("textDocument/didSave", {"textDocument": {"uri": config.as_uri()}})
        assert editor.diagnostics(uri) == []


def test_excluded_files_are_left_alone(root: Path) -> None:
    """What the project excludes has no diagnostics in the editor either."""
    (root / "unspill.toml").write_text('exclude = ["data/"]\n')
    uri = (root / "data" / "x.py").as_uri()
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(67)}'\n")
        assert editor.diagnostics(uri) == []


def test_a_folder_that_is_added_gives_its_files_a_root(tmp_path: Path, root: Path) -> None:
    """With the folder, its settings hold for documents that are open already."""
    folder = tmp_path / "other"
    (folder / "src").mkdir(parents=True)
    (folder / "unspill.toml").write_text(f'ignore = ["{RULE}"]\n')
    uri = (folder / "src" / "app.py").as_uri()
    added = [{"uri": folder.as_uri(), "name": "other"}]
    with Editor(root) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(68)}'\n")
        assert severity(editor, uri) == 1
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": added, "removed": []}})
        assert severity(editor, uri) is None
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": added}})
        assert severity(editor, uri) == 1


@pytest.mark.parametrize(("client", "kind"), [("vscode", "markdown"), ("neovim", "markdown"), ("emacs", "markdown")])
def test_hover_explains_a_finding_without_its_value(client: str, kind: str, root: Path) -> None:
    """Over the token: what it is, its rule, and where to revoke it; beside it nothing."""
    uri = (root / "app.py").as_uri()
    with Editor(root, client) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(69)}'\n")
        (found,) = editor.diagnostics(uri)
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 20}}
        hover = editor.request("textDocument/hover", place)
        beside = editor.request("textDocument/hover", {**place, "position": {"line": 0, "character": 3}})
    assert hover["range"] == found["range"]
    assert hover["contents"]["kind"] == kind
    assert RULE in hover["contents"]["value"]
    assert "https://huggingface.co/settings/tokens" in hover["contents"]["value"]
    assert beside is None


def test_hover_says_where_to_sign_in(root: Path) -> None:
    """Where no page is known to revoke a credential on, the host is no link that looks like one."""
    uri = (root / "app.py").as_uri()
    value = "".join(Random(71).choices("0123456789abcdef", k=40))
    with Editor(root, "vscode") as editor:
        editor.open(uri, f"DEEPGRAM_API_KEY = '{value}'\n")
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 25}}
        text = editor.request("textDocument/hover", place)["contents"]["value"]
    assert "Revoke it: sign in at <https://console.deepgram.com>" in text
    assert "Transcribes and synthesises speech, billed to a project" in text


def test_hover_is_plain_for_a_client_that_reads_no_markdown(root: Path) -> None:
    """Without `contentFormat` the text has no markup."""
    uri = (root / "app.py").as_uri()
    with Editor(root, {"general": {}}) as editor:
        editor.open(uri, f"HF_TOKEN = '{token(70)}'\n")
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 20}}
        contents = editor.request("textDocument/hover", place)["contents"]
    assert contents["kind"] == "plaintext"
    assert "**" not in contents["value"]


def test_hover_has_the_page_of_the_rule(root: Path) -> None:
    """What `unspill rules` knows of the rule is read in the editor: names, format, evidence, how to suppress it."""
    uri = (root / "app.py").as_uri()
    with Editor(root, "vscode") as editor:
        editor.open(uri, f"HF_TOKEN = '{token(72)}'\n")
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 20}}
        text = editor.request("textDocument/hover", place)["contents"]["value"]
    assert "**Environment**: HF_TOKEN, HUGGING_FACE_HUB_TOKEN" in text
    assert "**Detection**: Starts with `hf_`.  \n37 characters long" in text
    assert "**Evidence**: documented by the issuer: https://" in text
    assert f"`unspill: ignore[{RULE}] the reason`" in text
    assert text.count("Revoke it") == 1


def test_hover_has_the_page_of_a_check_and_of_the_users_own_rule(root: Path) -> None:
    """Checks have pages as well, and so have rules that only the user has."""
    rule = root / "acme.toml"
    rule.write_text(OWN_RULE, encoding="utf-8")
    uri, env = (root / "app.py").as_uri(), (root / ".env").as_uri()
    (root / ".env").write_text(f"HF_TOKEN={token(73)}\n", encoding="utf-8")
    for command in (["init", "-q"], ["add", ".env"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    with Editor(root, "vscode", configuration={"rules": [str(rule)]}) as editor:
        editor.wait_for("workspace/diagnostic/refresh")
        editor.open(uri, "x = 'acme_" + "".join(Random(75).choices(ascii_letters + digits, k=20)) + "'\n")
        place = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 10}}
        text = editor.request("textDocument/hover", place)["contents"]["value"]
        assert "**Detection**: Starts with `acme_`.  \n25 characters long" in text
        editor.open(env, (root / ".env").read_text(encoding="utf-8"), "dotenv")
        [tracked] = [one for one in editor.diagnostics(env) if one["code"] == "dotenv-tracked"]
        place = {"textDocument": {"uri": env}, "position": tracked["range"]["start"]}
        text = editor.request("textDocument/hover", place)["contents"]["value"]
    assert "(`dotenv-tracked`)" in text
    assert 'project: add `ignore = ["dotenv-tracked"]` to unspill.toml' in text


@pytest.mark.parametrize("client", ["vscode", "emacs"])
def test_cells_are_documents_of_their_own(client: str, root: Path) -> None:
    """Cells open, change in part whatever was advertised, are fixed in place, and go."""
    secret = token(71)
    opened = notebook(root, ("a", "python", "x = 1\ny = 2\n"), ("b", "python", f"HF_TOKEN = '{secret}'\n"))
    first, second = (cell["uri"] for cell in opened["cellTextDocuments"])
    place = {"line": 1, "character": 5}
    with Editor(root, client) as editor:
        editor.notify("notebookDocument/didOpen", opened)
        for cell in opened["cellTextDocuments"]:
            editor.buffers[cell["uri"]], editor.versions[cell["uri"]] = cell["text"], 1
        assert editor.diagnostics(first) == []
        (found,) = editor.diagnostics(second)
        (action,) = [one for one in editor.actions(second, found["range"]) if one.get("isPreferred")]
        editor.apply(action)
        assert secret not in editor.buffers[second]
        change = {"range": {"start": place, "end": place}, "text": f" + '{secret}'"}
        cells = {"textContent": [{"document": {"uri": first, "version": 2}, "changes": [change]}]}
        identifier = {"uri": opened["notebookDocument"]["uri"], "version": 2}
        editor.versions[first] = 2
        editor.notify("notebookDocument/didChange", {"notebookDocument": identifier, "change": {"cells": cells}})
        (found,) = editor.diagnostics(first)
        assert found["range"]["start"] == {"line": 1, "character": 9}
        gone = {"structure": {"array": {"start": 0, "deleteCount": 1}, "didClose": [{"uri": first}]}}
        editor.notify("notebookDocument/didChange", {"notebookDocument": identifier, "change": {"cells": gone}})
        del editor.versions[first]
        assert editor.diagnostics(first) == []
        closed = {"notebookDocument": {"uri": identifier["uri"]}, "cellTextDocuments": [{"uri": second}]}
        editor.notify("notebookDocument/didClose", closed)
    assert (root / ".env").read_text() == f"HF_TOKEN={secret}\n"


def test_an_unknown_key_that_is_a_token_is_masked(root: Path) -> None:
    """No spelling of a key lets a token through: the message has it masked, and as it was written."""
    secret = "hf_" + "aB" * 17
    with Editor(root, options={secret: 1, "maxFileSize": 10}) as editor:
        editor.open((root / "app.py").as_uri(), "x = 1\n")
        editor.diagnostics((root / "app.py").as_uri())
        said = "".join(editor.messages())
        assert "<hidden>: unknown key" in said
        assert "a-b" not in said.lower()
