"""Whole sessions over stdio: in five Spaces, every finding is fixed through code actions alone, and the app still runs.

What the app hands to its libraries is recorded before and after; the libraries are stand-ins that write it down.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator  # noqa: TC003  # pytest-lsp evaluates the annotations of its fixtures
from pathlib import Path  # noqa: TC003  # pytest-lsp evaluates the annotations of its fixtures
from typing import Any, NamedTuple

import dotenv
import pytest
import pytest_lsp
from lsprotocol import converters, types
from pytest_lsp import ClientServerConfig, LanguageClient

from tests.lsp.harness import capabilities, edited
from tests.lsp.test_stdio import SERVE, make_client
from tests.spaces import build

LIBRARIES = ("anthropic", "gradio", "groq", "huggingface_hub", "openai", "requests", "streamlit", "tavily")
RECORDER = """
import sys

class Recorder:
    def __init__(self, path):
        self.path = path

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Recorder(f"{self.path}.{name}")

    def __call__(self, *arguments, **named):
        print(self.path, [show(one) for one in arguments], {name: show(named[name]) for name in sorted(named)})
        return Recorder(f"{self.path}()")

def show(value):
    return value.path if isinstance(value, Recorder) else "a function" if callable(value) else value
"""
STAND_IN = "import sys\nfrom recorder import Recorder\nsys.modules[__name__] = Recorder(__name__)\n"
NOTEBOOK = """
import json, sys
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    names = {}
    for cell in cells:
        exec("".join(cell["source"]), names)
"""
PAGES = "import runpy; runpy.run_path('app.py'); runpy.run_path('pages/search.py')"


class App(NamedTuple):
    """A Space, the command that runs it, and what the platform sets there before anything is fixed."""

    name: str
    command: tuple[str, ...]
    paths: str = "."
    platform: tuple[tuple[str, str], ...] = ()
    """Environment names and markers: what `ENV` in the Dockerfile gives."""


APPS = [
    App("captioner", (sys.executable, "app.py")),
    App("relay", ("bash", "start.sh"), platform=(("GROQ_API_KEY", "GROQ"),)),
    App("dashboard", (sys.executable, "-c", PAGES)),
    App("toolkit", (sys.executable, "-m", "toolkit"), paths="src"),
    App("study", (sys.executable, "-c", f"{NOTEBOOK}\nimport helpers", "explore.ipynb", "train.ipynb")),
]


class Buffers:
    """The client's side of a session: open buffers, and files that it saves as soon as it has edited them."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}

    def open(self, path: Path) -> str:
        """Open a file."""
        uri, text = path.as_uri(), path.read_bytes().decode()
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri, "plaintext", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Make an edit; every version in it must be the one that is open."""
        for change in edit.document_changes or ():
            if isinstance(change, types.CreateFile):
                self._path(change.uri).touch()
                continue
            assert isinstance(change, types.TextDocumentEdit)
            uri, version = change.text_document.uri, change.text_document.version
            assert version == self.versions.get(uri)
            path = self._path(uri)
            old = self.texts.get(uri, path.read_bytes().decode())
            new = edited(old, converters.get_converter().unstructure(change.edits), "utf-16")
            path.write_bytes(new.encode())
            if uri in self.texts:
                self.texts[uri], self.versions[uri] = new, self.versions[uri] + 1
                self.client.text_document_did_change(
                    types.DidChangeTextDocumentParams(
                        types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                        [types.TextDocumentContentChangeWholeDocument(new)],
                    )
                )

    async def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """What the server finds in a buffer."""
        pull = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri))
        report = await self.client.text_document_diagnostic_async(pull)
        assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
        return list(report.items)

    async def mend(self, uri: str, found: types.Diagnostic) -> None:
        """Choose the preferred action of a diagnostic."""
        context = types.CodeActionContext([found], only=[types.CodeActionKind.QuickFix])
        actions = await self.client.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), found.range, context)
        )
        (action,) = [one for one in actions or () if isinstance(one, types.CodeAction) and one.is_preferred][:1]
        if action.edit is not None:
            self.apply(action.edit)
        if action.command is not None:
            run = types.ExecuteCommandParams(action.command.command, action.command.arguments)
            await self.client.workspace_execute_command_async(run)

    def _path(self, uri: str) -> Path:
        return self.root / uri.removeprefix(f"{self.root.as_uri()}/")


def session_client() -> LanguageClient:
    """The client of the other tests over stdio, which makes the edits that it is asked to make."""
    client = make_client()
    client.protocol.fm.features.pop(types.WORKSPACE_APPLY_EDIT)

    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        client.buffers.apply(params.edit)  # type: ignore[attr-defined]  # a note of this test's own
        return types.ApplyWorkspaceEditResult(applied=True)

    client.feature(types.WORKSPACE_APPLY_EDIT)(apply)
    return client


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]  # pytest-lsp is not typed
    config=ClientServerConfig(server_command=[sys.executable, "-c", SERVE], client_factory=session_client)
)
async def client(lsp_client: LanguageClient, root: Path) -> AsyncIterator[None]:
    """A session of VS Code in an empty folder."""
    stated = converters.get_converter().structure(capabilities("vscode"), types.ClientCapabilities)
    folder = types.WorkspaceFolder(root.as_uri(), "app")
    await lsp_client.initialize_session(types.InitializeParams(capabilities=stated, workspace_folders=[folder]))
    yield
    await asyncio.wait_for(lsp_client.shutdown_session(), 60)


def run(app: App, root: Path, libraries: Path, environment: dict[str, str | None]) -> str:
    """What the app hands to its libraries, and prints."""
    libraries.mkdir(exist_ok=True)
    (libraries / "recorder.py").write_text(RECORDER)
    for name in LIBRARIES:
        (libraries / f"{name}.py").write_text(STAND_IN)
    search = os.pathsep.join([str(root / app.paths), str(libraries)])
    command = os.pathsep.join([os.path.dirname(sys.executable), os.defpath])
    given = {name: value for name, value in environment.items() if value is not None}
    done = subprocess.run(
        app.command,
        cwd=root,
        env={"PATH": command, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1", **given},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
async def test_every_finding_is_fixed_through_code_actions(
    app: App, client: LanguageClient, root: Path, tmp_path: Path, capfd: Any
) -> None:
    """No diagnostic is left, the command line agrees, values are in `.env` alone, and the app does what it did."""
    values = build(app.name, root).values
    before = run(app, root, tmp_path / "libraries", {name: values[mark] for name, mark in app.platform})
    assert any(value in before for value in values.values())
    buffers = Buffers(client, root)
    client.buffers = buffers  # type: ignore[attr-defined]  # a note of this test's own
    uris = [buffers.open(path) for path in sorted(root.rglob("*")) if path.is_file()]
    mended = 0
    for uri in uris:
        while found := await buffers.diagnostics(uri):
            assert mended < 20
            await buffers.mend(uri, found[0])
            mended += 1
    assert mended > 2
    for path in (path for path in root.rglob("*") if path.is_file()):
        assert path.name == ".env" or not any(value in path.read_text("utf-8") for value in values.values()), path.name
        assert buffers.texts.get(path.as_uri(), path.read_text("utf-8")) == path.read_text("utf-8")
    check = subprocess.run([sys.executable, "-m", "unspill", "check", str(root)], capture_output=True, text=True)
    assert check.returncode == 0, check.stdout
    after = run(app, root, tmp_path / "libraries", dotenv.dotenv_values(root / ".env"))
    assert after == before
    sent = json.dumps(converters.get_converter().unstructure([client.messages, client.log_messages]), default=str)
    assert not any(value in sent + "".join(capfd.readouterr()) for value in values.values())
