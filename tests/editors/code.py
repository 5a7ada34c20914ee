"""VS Code as a person uses it: code-server with the extension installed, in a browser that Playwright drives."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.editors import kit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page

PATIENCE = 60.0
"""Seconds after which whatever a test waits for is held to have failed."""
POSITION = "#status\\.editor\\.selection"
"""The place in the status bar that says the cursor's line and column, from 1."""
SQUIGGLE = ".monaco-editor .squiggly-error"
WARNING = ".monaco-editor .squiggly-warning"
_SETTINGS = {
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "update.mode": "none",
    "workbench.enableExperiments": False,
    "workbench.tips.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.colorTheme": "Default Light Modern",
    "chat.disableAIFeatures": True,
    "git.enabled": False,
    "editor.minimap.enabled": False,
}
PLAIN_TYPING = {
    "editor.autoIndent": "none",
    "editor.autoClosingBrackets": "never",
    "editor.autoClosingQuotes": "never",
    "editor.autoSurround": "never",
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
    "editor.suggestOnTriggerCharacters": False,
    "editor.wordBasedSuggestions": "off",
    "editor.inlineSuggest.enabled": False,
    "editor.hover.enabled": "off",
    "editor.parameterHints.enabled": False,
    "editor.dropIntoEditor.enabled": False,
    "editor.pasteAs.enabled": False,
    "editor.trimAutoWhitespace": False,
    "workbench.editor.enablePreview": False,
}
"""Settings with which what is typed is what comes to stand there."""
_CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]


def until(what: str, holds: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `holds` gives as soon as it is true."""
    end = time.monotonic() + patience
    while not (value := holds()):
        assert time.monotonic() < end, f"{what}: not within {patience:.0f} s"
        time.sleep(0.05)
    return value


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    sys.path.append(kit.playwright())
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            started = playwright.chromium.launch(executable_path=kit.chromium(), args=_CHROMIUM)
            yield started
            started.close()
    finally:
        sys.path.remove(kit.playwright())


class CodeServer:
    """A VS Code of its own, with nothing but the extension in it. Use it as a context manager."""

    def __init__(self, folder: Path, *, path: str = "", trust: bool = False, settings: dict[str, Any] | None = None):
        """`path` is put before the PATH; with `trust`, folders are not trusted until the user says so."""
        self.folder = folder
        self.log = folder / "code-server.log"
        self._data = folder / "data"
        self._trust = trust
        self._settings = settings or {}
        node = kit.node()
        self._command = [str(node), str(kit.code_server()), "--config", str(folder / "config.yaml")]
        self._command += ["--user-data-dir", str(self._data), "--extensions-dir", str(kit.installed_extension())]
        self._env = {
            "PATH": os.pathsep.join(filter(None, [path, str(node.parent), "/usr/bin", "/bin"])),
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(kit.CACHE / "xdg"),
            "SHELL": "/bin/bash",
            "LANG": "C.UTF-8",
            "EXTENSIONS_GALLERY": '{"serviceUrl":"http://127.0.0.1:9/"}',
        }

    def __enter__(self) -> CodeServer:
        (self.folder / "home").mkdir(parents=True)
        # VS Code asks a login shell for the environment, and that may set another PATH.
        (self.folder / "home" / ".profile").write_text(f"export PATH='{self._env['PATH']}'\n")
        (self.folder / "config.yaml").touch()
        # Settings of scope "machine" count only from the machine's file: the window is a remote one.
        for place, settings in (("User", {**_SETTINGS, **self._settings}), ("Machine", self._settings)):
            (self._data / place).mkdir(parents=True)
            trusting = {"security.workspace.trust.enabled": self._trust}
            (self._data / place / "settings.json").write_text(json.dumps({**settings, **trusting}))
        serve = ["--bind-addr", "127.0.0.1:0", "--auth", "none", "--disable-telemetry", "--disable-update-check"]
        serve += ["--disable-getting-started-override", *([] if self._trust else ["--disable-workspace-trust"])]
        with self.log.open("w") as log:
            # A process group of its own ends with everything in it: extension host, language server.
            self._process = subprocess.Popen(
                [*self._command, *serve], env=self._env, stdout=log, stderr=log, start_new_session=True
            )
        found = until("code-server listens", lambda: re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text()))
        self.port = int(found[1])
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def servers(self) -> list[int]:
        """The ids of the `unspill server` processes that this VS Code has started."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    command = (entry / "cmdline").read_bytes().split(b"\0")
                    of_ours = os.getsid(int(entry.name)) == self._process.pid
                    if of_ours and b"server" in command and any(part.endswith(b"/unspill") for part in command):
                        found.append(int(entry.name))
        return found

    @contextlib.contextmanager
    def window(self, browser: Browser, folder: Path, *files: str) -> Iterator[Window]:
        """A window on `folder`, with `files` open. When a test fails in it, a picture is kept."""
        context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        payload = [["openFile", f"vscode-remote://127.0.0.1:{self.port}{folder / file}"] for file in files]
        query = urlencode({"folder": str(folder), "payload": json.dumps(payload)})
        started = time.monotonic()
        page.goto(f"http://127.0.0.1:{self.port}/?{query}")
        try:
            page.locator(".monaco-workbench").wait_for()
            for file in files:
                page.locator(f'.tab[data-resource-name="{Path(file).name}"]').wait_for()
            yield Window(page, started)
        except BaseException:
            kit.PICTURES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=kit.PICTURES / f"failed-{time.monotonic_ns()}.png")
            raise
        finally:
            context.close()


class Window:
    """One window of VS Code."""

    def __init__(self, page: Page, started: float) -> None:
        self.page = page
        self.started = started
        """When it began to load, by the monotonic clock."""

    def picture(self, name: str) -> None:
        """Keep a picture of the window."""
        kit.PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(300)  # what moves has come to rest
        self.page.screenshot(path=kit.PICTURES / f"{name}.png")

    def press(self, *keys: str) -> None:
        """Press keys."""
        for key in keys:
            self.page.keyboard.press(key)

    def run(self, command: str) -> None:
        """Choose a command from the palette, by its whole title."""
        entry = self.page.locator(".quick-input-widget input").first
        self.press("F1")
        entry.wait_for()
        entry.fill(f">{command}")
        row = self.page.locator(".quick-input-list .monaco-list-row", has_text=command).first
        row.wait_for()
        self.press("Enter")
        # What the command asks may come up in the same place.
        until("the palette is gone", lambda: not entry.is_visible() or entry.input_value() != f">{command}")

    def open(self, file: str) -> None:
        """Open a file by its name."""
        entry = self.page.locator(".quick-input-widget input").first
        self.press("Control+KeyP")
        entry.wait_for()
        entry.fill(file)
        self.page.locator(".quick-input-list .monaco-list-row").first.filter(has_text=file).wait_for()
        self.press("Enter")
        self.page.locator(f'.tab.active[data-resource-name="{Path(file).name}"]').wait_for()

    def squiggles(self) -> Locator:
        """What is underlined as an error."""
        return self.page.locator(SQUIGGLE)

    def warnings(self) -> Locator:
        """What is underlined as a warning."""
        return self.page.locator(WARNING)

    def squiggle(self) -> Locator:
        """The first of them, waited for."""
        first = self.squiggles().first
        first.wait_for(state="attached")
        return first

    def line(self, text: str) -> Locator:
        """The line on the screen that holds `text`, waited for."""
        # The editor writes no-break spaces.
        found = self.page.locator(".view-line", has_text=re.compile(re.escape(text).replace(r"\ ", r"[ \u00a0]"))).first
        found.wait_for()
        return found

    def problems(self) -> Locator:
        """The findings in the Problems panel, as far as they are on the screen."""
        if not self.page.locator(".markers-panel").is_visible():
            self.run("Problems: Focus on Problems View")
        rows = self.page.locator(".markers-panel .monaco-list-row", has_text="unspill")
        rows.first.wait_for()
        return rows

    def copied_problems(self, root: Path) -> list[tuple[str, int, str, str]]:
        """All rows of the Problems panel, as its "Copy" gives them: file, line from 1, rule, and the text there."""
        self.run("Problems: Focus on Problems View")
        self.press(*["Control+KeyA"] * 3, "Control+KeyC")  # each takes in more: a row, a file, all
        self.page.wait_for_timeout(500)
        found = []
        for marker in json.loads(self.page.evaluate("() => navigator.clipboard.readText()")):
            path = Path(marker["resource"]["path"] if isinstance(marker["resource"], dict) else marker["resource"])
            if not (root / path.name).exists():
                found.append((path.name, marker["startLineNumber"], marker["code"]["value"], ""))
                continue
            line = (root / path.name).read_text("utf-8").split("\n")[marker["startLineNumber"] - 1].encode("utf-16-le")
            text = line[marker["startColumn"] * 2 - 2 : marker["endColumn"] * 2 - 2].decode("utf-16-le")
            found.append((path.name, marker["startLineNumber"], marker["code"]["value"], text))
        return sorted(found)

    def go_to(self, problem: Locator) -> None:
        """Put the cursor on a row of the Problems panel."""
        problem.dblclick()
        self.page.locator(".monaco-editor.focused").first.wait_for()
        self.page.locator(".statusbar-item", has_text="selected)").wait_for()  # the jump has happened

    def quick_fixes(self) -> Locator:
        """The rows of the menu of quick fixes at the cursor."""
        rows = self.page.locator(".action-widget .monaco-list-row.action")
        for _ in range(5):  # a press can get lost while the focus moves
            self.press("Control+Period")
            with contextlib.suppress(Exception):
                rows.first.wait_for(timeout=4000)
                return rows
        raise AssertionError("the menu of quick fixes did not open")

    def choose(self, row: Locator) -> None:
        """Choose a row of the open menu, with the keys."""
        for _ in range(10):
            if "focused" in (row.get_attribute("class") or ""):
                break
            self.press("ArrowDown")
        self.press("Enter")

    def suggestion(self, label: str) -> Locator:
        """The row of the open list of completions that has `label`, waited for."""
        row = self.page.locator(".suggest-widget.visible .monaco-list-row", has_text=label).first
        row.wait_for()
        return row

    def hover(self, text: str) -> Locator:
        """The hover at the cursor that holds `text`, opened and waited for."""
        self.run("Show or Focus Hover")
        found = self.page.locator(".monaco-hover:visible", has_text=text).first
        found.wait_for()
        return found

    def notification(self, text: str) -> Locator:
        """The message that holds `text`, waited for."""
        found = self.page.locator(".notification-list-item", has_text=text).first
        found.wait_for()
        return found


def replay(window: Window, steps: list[list[Any]]) -> None:
    """Press the keys of a recording, all of whose files are open, as fast as the browser takes them."""
    page = window.page

    def go(line: int) -> None:
        entry = page.locator(".quick-input-widget input").first
        window.press("Control+KeyG")
        entry.wait_for()
        entry.fill(f":{line + 1}")
        window.press("Enter")
        entry.wait_for(state="hidden")
        page.locator(".monaco-editor.focused").first.wait_for()
        on(line)

    def on(line: int) -> None:
        page.locator(POSITION, has_text=re.compile(rf"^Ln {line + 1},")).wait_for()

    def line_shown() -> int:
        return int(page.locator(POSITION).inner_text().split()[1].strip(",")) - 1

    def explorer(key: str) -> None:
        name = page.locator(".tab.active").get_attribute("data-resource-name")
        window.run("File: Reveal Active File in Explorer View")
        page.locator(".explorer-folders-view .monaco-list:focus").wait_for()
        page.locator(f'.explorer-folders-view .monaco-list-row.focused[aria-label^="{name}"]').wait_for()
        window.press(key)

    for what, argument in steps:
        if what == "open":
            page.locator(f'.tab[data-resource-name="{argument}"]').click()
            page.locator(f'.tab.active[data-resource-name="{argument}"]').wait_for()
            # The tab is active before the editor has the file's text.
            page.locator(f'.monaco-editor.focused[data-uri$="/{argument}"]').wait_for()
        elif what in ("line", "end"):
            go(argument)
            if what == "end":
                window.press("End")
        elif what == "type":
            for line, text in enumerate(argument.split("\n")):
                if line:
                    window.press("Enter")
                page.keyboard.type(text)
        elif what == "paste":
            before = line_shown()
            page.evaluate("text => navigator.clipboard.writeText(text)", argument)
            window.press("Control+KeyV")
            on(before + argument.count("\n"))  # the paste is not done when the key is up
        elif what == "rename":
            explorer("F2")
            box = page.locator(".explorer-folders-view input")
            box.fill(argument)
            box.press("Enter")
            page.locator(f'.tab[data-resource-name="{argument}"]').wait_for()
        elif what == "remove":
            name = page.locator(".tab.active").get_attribute("data-resource-name")
            explorer("Delete")
            page.locator(f'.tab[data-resource-name="{name}"]').wait_for(state="detached")
        elif what == "close":
            tab = page.locator(".tab.active")
            name = tab.get_attribute("data-resource-name")
            tab.click(button="middle")
            page.locator(f'.tab[data-resource-name="{name}"]').wait_for(state="detached")
        else:
            key = {"undo": "Control+KeyZ", "erase": "Backspace", "cut": "Control+Shift+KeyK", "save": "Control+KeyS"}[
                what
            ]
            window.press(*[key] * (argument or 1))
