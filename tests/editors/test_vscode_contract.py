"""Names of secrets in a real VS Code: completed, explained, declared; and the way of a value that leaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.editors import code

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.editors.code import CodeServer

pytestmark = pytest.mark.editors

UNDECLARED = "MODEL_TOKEN is read without a default, but .env.example does not declare it."
SHOWN = "Shows OPENAI_API_KEY to visitors"


def test_a_declared_name_is_completed_and_explained(vscode: CodeServer, browser: Browser, app: Path) -> None:
    """In the quotes of `os.environ[""]` the declared names come up; a hover says where a name is declared and read."""
    with vscode.window(browser, app, "app.py") as window:
        window.squiggle()  # the server answers
        window.line("hook = ").click()
        window.press("End", "Enter")
        window.page.keyboard.type('HOOK = os.environ["')
        window.suggestion("WEBHOOK_SECRET")
        window.page.keyboard.type("WEB")
        details = window.suggestion("WEBHOOK_SECRET").locator(".details-label")
        code.until("what it is is said", lambda: "secret, declared" in details.inner_text())
        window.picture("completion")
        window.press("Enter")
        window.line('HOOK = os.environ["WEBHOOK_SECRET"]')
        window.press("ArrowLeft")
        hover = window.hover("WEBHOOK_SECRET").inner_text()
        assert ".env.example:3" in hover
        assert "app.py:8" in hover
        window.picture("name")


def test_an_undeclared_name_is_declared_by_its_fix(vscode: CodeServer, browser: Browser, app: Path) -> None:
    """It is a warning and a row of the Problems panel, and neither is left once the fix has written the template."""
    with vscode.window(browser, app, "app.py") as window:
        window.warnings().first.wait_for(state="attached")
        row = window.problems().filter(has_text=UNDECLARED)
        assert "[Ln 7, Col 21]" in row.inner_text()
        window.go_to(row)
        fixes = window.quick_fixes()
        window.picture("undeclared")
        window.choose(fixes.filter(has_text="Declare MODEL_TOKEN in .env.example").first)
        template = app / ".env.example"
        code.until("it is declared", lambda: "MODEL_TOKEN=\n" in template.read_text())
        code.until("the warning is gone", lambda: window.warnings().count() == 0)
        code.until("its row is gone", lambda: window.problems().filter(has_text=UNDECLARED).count() == 0)
        window.picture("declared")
        window.run("unspill: Show Secrets")
        rows = window.page.locator(".quick-input-list .monaco-list-row")
        declared = rows.filter(has_text="MODEL_TOKEN")
        declared.wait_for()
        assert "not declared" not in declared.inner_text()


def test_the_way_of_a_secret_that_leaks_leads_to_where_it_is_read(
    vscode: CodeServer, browser: Browser, app: Path
) -> None:
    """The finding's related places are listed below it, and a click on the first opens the module that reads it."""
    with vscode.window(browser, app, "app.py") as window:
        window.squiggle()
        row = window.problems().filter(has_text=SHOWN)
        assert "[Ln 16, Col 22]" in row.inner_text()
        row.click()
        window.press("ArrowRight")
        related = window.page.locator(".markers-panel .monaco-list-row", has_text="config.py")
        read = related.filter(has_text="OPENAI_API_KEY is read here")
        read.wait_for()
        window.picture("path")
        read.dblclick()
        window.page.locator('.tab.active[data-resource-name="config.py"]').wait_for()
        window.page.locator(code.POSITION, has_text="Ln 3, ").wait_for()


def test_the_front_matter_is_completed(vscode: CodeServer, browser: Browser, app: Path) -> None:
    """Behind `sdk:` the kinds of Space that exist are offered."""
    with vscode.window(browser, app, "README.md") as window:
        code.until("the server runs", vscode.servers)
        window.line("sdk: gradio").click()
        window.press("End", *["Backspace"] * len("gradio"), "Control+Space")
        for sdk in ("docker", "static"):
            window.suggestion(sdk)
        window.picture("front-matter")
