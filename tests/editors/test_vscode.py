"""The extension in a real VS Code: what a person sees, presses and gets."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.editors import code, kit, recording
from tests.samples import sample
from tests.spaces import PATTERNS, Built

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.editors.code import CodeServer

pytestmark = pytest.mark.editors

PROFILE = kit.ROOT / "tests" / "lsp" / "clients" / "vscode.json"
ON_PATH = str(kit.UNSPILL.parent)
FIX = "Read HF_TOKEN from the environment"


def started_at(process: int) -> float:
    """When a process was started, by the monotonic clock."""
    ticks = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19])
    return ticks / os.sysconf("SC_CLK_TCK")


def note(name: str, seconds: float) -> None:
    """Keep a time that was measured; no test depends on it."""
    kit.PICTURES.mkdir(parents=True, exist_ok=True)
    with kit.TIMES.open("a") as file:
        file.write(f"{name}: {seconds:.2f} s\n")


def test_a_space_is_underlined_listed_and_explained(
    vscode: CodeServer, browser: Browser, space: Built, record: Path
) -> None:
    """Findings are squiggles and rows of the Problems panel, a hover explains them, and no message shows the value."""
    with vscode.window(browser, space.root, "app.py") as window:
        opened = time.monotonic()
        window.squiggle()
        shown = time.monotonic()
        (server,) = vscode.servers()
        note("window opens -> app.py is shown", opened - window.started)
        note("window opens -> server process starts", started_at(server) - window.started)
        note("server process starts -> first squiggle", shown - started_at(server))
        note("window opens -> first squiggle", shown - window.started)
        rows = window.problems()
        texts = rows.all_inner_texts()
        assert any("huggingface-user-token" in text and "[Ln 29, Col 13]" in text for text in texts)
        assert not any(value in text for text in texts for value in space.values.values())
        window.picture("problems")
        window.go_to(rows.filter(has_text="Ln 29, Col 13"))
        window.run("Show or Focus Hover")
        hover = window.page.locator(".monaco-hover:visible", has_text="Hugging Face user access token").first
        hover.wait_for()
        code.until("the server's part has come, too", lambda: "Revoke it" in hover.inner_text())
        assert space.values["HF_READ"] not in hover.inner_text()
        window.picture("hover")
        window.press("Escape")
        window.page.locator(".statusbar-item[id='status.languageStatus']").click()
        status = window.page.locator(".hover-language-status", has_text="12 findings")
        status.wait_for()
        window.picture("status")
    assert json.loads(record.read_text()) == json.loads(PROFILE.read_text()), f"record it anew: cp {record} {PROFILE}"


def test_the_preferred_fix_moves_a_token_and_one_undo_brings_it_back(
    vscode: CodeServer, browser: Browser, space: Built
) -> None:
    """Code, `.env.example`, `.gitignore` and `.env` change on disk; one undo restores the code, and no more."""
    token = space.values["HF_READ"]
    env = space.root / ".env"
    with vscode.window(browser, space.root, "app.py") as window:
        window.squiggle()
        window.go_to(window.problems().filter(has_text="Ln 29, Col 13"))
        fixes = window.quick_fixes()
        window.picture("fix")
        window.choose(fixes.filter(has_text=FIX).first)
        window.line('HF_TOKEN = os.environ["HF_TOKEN"]')
        source = space.root / "app.py"
        code.until("app.py is saved", lambda: 'HF_TOKEN = os.environ["HF_TOKEN"]\n' in source.read_text())
        assert f"HF_TOKEN={token}\n" in env.read_text()
        assert stat.S_IMODE(env.stat().st_mode) == 0o600
        code.until("the declaration is saved", lambda: "HF_TOKEN=\n" in (space.root / ".env.example").read_text())
        code.until("the ignore entry is saved", lambda: ".env\n" in (space.root / ".gitignore").read_text())
        window.picture("fixed")
        window.line('HF_TOKEN = os.environ["HF_TOKEN"]').click()
        window.press("Control+KeyZ")
        window.line(f'HF_TOKEN = "{token}"')
        code.until("the undo is saved", lambda: token in source.read_text())
        assert f"HF_TOKEN={token}\n" in env.read_text()


def test_all_of_a_file_is_fixed_at_once(vscode: CodeServer, browser: Browser, space: Built) -> None:
    """VS Code's own "Fix All" leaves no finding in the file that can be fixed safely."""
    with vscode.window(browser, space.root, "chat/client.py") as window:
        window.squiggle()
        window.page.locator(".monaco-editor .view-lines").first.click()
        window.run("Fix All")
        code.until("no squiggle is left", lambda: window.squiggles().count() == 0)
        source = space.root / "chat" / "client.py"
        code.until("it is saved", lambda: not any(value in source.read_text() for value in space.values.values()))


def test_the_whole_folder_is_fixed_after_a_question(vscode: CodeServer, browser: Browser, space: Built) -> None:
    """Nothing changes before the answer; afterwards every file is saved, and `unspill check` finds nothing."""
    with vscode.window(browser, space.root, "app.py") as window:
        window.squiggle()
        window.run("unspill: Fix All in Workspace")
        asked = window.notification("files change.")
        window.picture("fix-all")
        assert not (space.root / ".env.example").exists()
        asked.locator(".monaco-button", has_text="Fix All").click()
        code.until("no squiggle is left", lambda: window.squiggles().count() == 0)
        code.until("app.py is saved", lambda: space.values["HF_READ"] not in (space.root / "app.py").read_text())
    check = [str(kit.UNSPILL), "check", str(space.root)]
    done = subprocess.run(check, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_changes_are_made_as_far_as_they_are_ticked_in_the_preview(
    vscode: CodeServer, browser: Browser, space: Built
) -> None:
    """The preview changes no code until Apply, and then only what is ticked; `.env` is ignored by git before."""
    before = (space.root / "app.py").read_text()
    with vscode.window(browser, space.root, "app.py") as window:
        window.squiggle()
        window.run("unspill: Fix All in Workspace")
        window.notification("files change.").locator(".monaco-button", has_text="Preview").click()
        preview = window.page.locator(".bulk-edit-panel")
        docker = preview.locator('.monaco-list-row[aria-level="1"]', has_text="Dockerfile")
        docker.locator(".edit-checkbox").check()
        window.picture("preview")
        assert ".env\n" in (space.root / ".gitignore").read_text()
        assert space.values["HF_READ"] in (space.root / "Dockerfile").read_text()
        preview.locator(".monaco-button", has_text="Apply").click()
        code.until(
            "the Dockerfile is changed", lambda: space.values["HF_READ"] not in (space.root / "Dockerfile").read_text()
        )
    assert (space.root / "app.py").read_text() == before


def test_a_token_is_underlined_as_soon_as_it_is_pasted(vscode: CodeServer, browser: Browser, tmp_path: Path) -> None:
    """A pasted token is a finding at once, and none once it is deleted."""
    (tmp_path / "app.py").write_text("import os\n\nTOKEN = \n")
    token = sample(PATTERNS["HF_READ"], Random("pasted"))
    with vscode.window(browser, tmp_path, "app.py") as window:
        page = window.page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        code.until("the server runs", vscode.servers)
        window.line("TOKEN = ").click()
        window.press("End")
        page.keyboard.type('"')
        for attempt in range(2):
            page.evaluate("text => navigator.clipboard.writeText(text)", token)
            page.evaluate(
                """selector => { window.seen = new Promise(done => {
                    let pasted;
                    addEventListener('keydown', event => { if (event.key === 'v') pasted = performance.now(); }, true);
                    new MutationObserver((_, observer) => {
                      if (pasted && document.querySelector(selector)) {
                        observer.disconnect(); done(performance.now() - pasted);
                      }
                    }).observe(document.body, {subtree: true, childList: true, attributes: true});
                }); }""",
                code.SQUIGGLE,
            )
            window.press("Control+KeyV")
            window.squiggle()
            note(f"paste -> squiggle ({attempt + 1})", page.evaluate("() => window.seen") / 1000)
            window.press("Control+KeyZ")
            code.until("the squiggle is gone", lambda: window.squiggles().count() == 0)


def test_names_are_shown_and_one_is_declared(vscode: CodeServer, browser: Browser, space: Built) -> None:
    """The list says where each name is read and whether it has a value, never which; a chosen one is declared."""
    with vscode.window(browser, space.root, "app.py") as window:
        window.squiggle()
        rows = window.page.locator(".quick-input-list .monaco-list-row")
        window.run("unspill: Show Secrets")
        rows.filter(has_text="GROQ_API_KEY").wait_for()
        texts = rows.all_inner_texts()
        assert any("OPENAI_API_KEY" in text and "in .env" in text and "not declared" in text for text in texts)
        assert not any(value in text for text in texts for value in space.values.values())
        window.picture("secrets")
        window.press("Escape")
        window.run("unspill: Declare Secret")
        rows.filter(has_text="GROQ_API_KEY").wait_for()
        window.press("Enter")
        declaration = space.root / ".env.example"
        code.until("it is declared", lambda: declaration.exists() and "GROQ_API_KEY=\n" in declaration.read_text())


def test_files_that_are_not_saved_are_offered_to_be(browser: Browser, space: Built, tmp_path: Path) -> None:
    """The fix of the workspace says which file is not saved, saves it when told to, and goes on."""
    with (
        code.CodeServer(tmp_path / "code", path=ON_PATH, settings={"files.autoSave": "off"}) as vscode,
        vscode.window(browser, space.root, "app.py") as window,
    ):
        window.squiggle()
        window.line("import os").click()
        window.press("End")
        window.page.keyboard.type("  # x")
        window.run("unspill: Fix All in Workspace")
        message = window.notification("these have unsaved changes: app.py")
        window.picture("unsaved")
        message.locator(".monaco-button", has_text="Save All and Continue").click()
        window.notification("files change.").locator(".monaco-button", has_text="Fix All").click()
        source = space.root / "app.py"
        code.until("it is fixed", lambda: 'HF_TOKEN = os.environ["HF_TOKEN"]' in source.read_text())
        assert "import os  # x" in source.read_text()


def test_ten_minutes_of_typing_end_where_a_fresh_check_does(browser: Browser, tmp_path: Path) -> None:
    """After the recorded edits the diagnostics are those of `check`, and none is left of what was closed or renamed."""
    typed = recording.record(3)
    root = typed.start(tmp_path)
    # With saving after a delay, which is how VS Code is in a browser, a tab does not say that it is not saved yet.
    plain = {"explorer.confirmDelete": False, "files.enableTrash": False, "files.autoSave": "off"}
    with (
        code.CodeServer(tmp_path / "code", path=ON_PATH, settings=code.PLAIN_TYPING | plain) as vscode,
        vscode.window(browser, root, "app.py") as window,
    ):
        window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        code.until("the server runs", vscode.servers)
        for name in typed.before:
            window.open(name)
        code.replay(window, typed.steps)
        code.until("every file is saved", lambda: not window.page.locator(".tab.dirty").count())
        expected = typed.check(root)
        code.until("the diagnostics are those of check", lambda: window.copied_problems(root) == expected)
        window.picture("typed")


def test_a_cell_of_a_notebook_is_fixed(vscode: CodeServer, browser: Browser, space: Built) -> None:
    """A token in a cell is underlined, and its fix edits that cell."""
    with vscode.window(browser, space.root) as window:
        window.open("explore.ipynb")
        window.page.locator(".notebookOverlay").wait_for()
        window.squiggle()
        window.line("login(token=").click()
        window.picture("notebook")
        window.choose(window.quick_fixes().filter(has_text=FIX))
        window.line('login(token=os.environ["HF_TOKEN"])')
        code.until("no squiggle is left", lambda: window.squiggles().count() == 0)
    assert f"HF_TOKEN={space.values['HF_READ']}\n" in (space.root / ".env").read_text()


def test_values_in_env_files_are_masked(vscode: CodeServer, browser: Browser, space: Built) -> None:
    """No value of `.env` can be seen until the eye is pressed."""
    with vscode.window(browser, space.root, ".env") as window:
        line = window.line("OPENAI_API_KEY=")
        shown = """line => [...line.querySelectorAll('span')].filter(span => !span.children.length
            && getComputedStyle(span).opacity !== '0').map(span => span.textContent).join('')"""
        code.until("the value is masked", lambda: line.evaluate(shown).endswith("="))
        window.squiggle()
        window.picture("masked")
        window.page.locator(".editor-actions [aria-label^='Show or Hide Values']").click()
        code.until("the value is shown", lambda: space.values["OPENAI"] in line.evaluate(shown))


def test_restarting_leaves_one_server(vscode: CodeServer, browser: Browser, space: Built) -> None:
    """Restarts that overlap end with one new server, whose findings are shown."""
    with vscode.window(browser, space.root, "app.py") as window:
        window.squiggle()
        shown = time.monotonic()
        (before,) = vscode.servers()
        note("again: window opens -> first squiggle", shown - window.started)
        note("again: server process starts -> first squiggle", shown - started_at(before))
        for _ in range(2):
            window.run("unspill: Restart Server")
        (after,) = code.until("there is one new server", lambda: _one_other_than(vscode, before))
        window.squiggle()
        assert vscode.servers() == [after]
    code.until("the server leaves with its window", lambda: vscode.servers() == [])


def _one_other_than(vscode: CodeServer, before: int) -> list[int]:
    servers = vscode.servers()
    time.sleep(1)
    return servers if len(servers) == 1 and before not in servers and servers == vscode.servers() else []


def test_a_missing_server_is_said_and_the_one_in_the_project_is_found(
    browser: Browser, space: Built, tmp_path: Path
) -> None:
    """Without a server there is a message with a way out; a `.venv` that has one is taken at the next try."""
    with code.CodeServer(tmp_path / "code") as vscode, vscode.window(browser, space.root, "app.py") as window:
        message = window.notification("unspill was not found in .venv or on the PATH")
        window.picture("missing")
        message.locator(".monaco-button", has_text="How to Install").click()
        window.page.locator(".gettingStartedContainer", has_text="Find hardcoded secrets").wait_for()
        window.picture("walkthrough")
        program = space.root / ".venv" / "bin" / "unspill"
        program.parent.mkdir(parents=True)
        program.symlink_to(kit.UNSPILL)
        window.run("unspill: Restart Server")
        window.page.locator('.tab[data-resource-name="app.py"]').click()
        window.squiggle()


def test_a_server_that_is_too_old_is_said(browser: Browser, space: Built, tmp_path: Path) -> None:
    """An older version is stopped, and the message names it."""
    program = tmp_path / "bin" / "unspill"
    program.parent.mkdir()
    program.write_text(
        f"#!{kit.UNSPILL.with_name('python')}\nimport unspill; unspill.__version__ = '0.0.9'\n"
        "from unspill.cli import main; raise SystemExit(main())\n"
    )
    program.chmod(0o755)
    settings = {"unspill.server.path": str(program)}
    with (
        code.CodeServer(tmp_path / "code", settings=settings) as vscode,
        vscode.window(browser, space.root, "app.py") as window,
    ):
        window.notification("unspill 0.0.9 is too old")
        code.until("it is stopped", lambda: vscode.servers() == [])


def test_a_folder_that_is_not_trusted_decides_nothing(browser: Browser, space: Built, tmp_path: Path) -> None:
    """Neither a program in the folder is run nor its settings count, but findings are shown."""
    ran = tmp_path / "ran"
    program = space.root / ".venv" / "bin" / "unspill"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    (space.root / ".vscode").mkdir()
    hostile = {"unspill.enable": False, "unspill.server.path": str(program), "unspill.ignore": ["*"]}
    (space.root / ".vscode" / "settings.json").write_text(json.dumps(hostile))
    with (
        code.CodeServer(tmp_path / "code", path=ON_PATH, trust=True) as vscode,
        vscode.window(browser, space.root, "app.py") as window,
    ):
        window.page.locator(".part.banner", has_text="Restricted Mode").wait_for()
        window.squiggle()
        window.picture("untrusted")
        assert not ran.exists()
