"""The language server beside a model: a client that knows what it has said, and so what the server must answer.

An input has an operation in each line, as a JSON list: `["open", path, text]`, `["change", path, start, end, text]` (in
code points), `["close", path]`, `["actions", path, start]`, `["rename", path, start, name]`, `["command", name, path]`,
`["raw", text]` for bytes (Latin-1) that are no message as the protocol has it, `["body", text]` for a message without
sense. After each the server must still answer, and its diagnostics must be what `unspill check -` finds in the text
that the model has.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.fuzz import cases, commands
from tests.fuzz.projects import folder_of
from tests.lsp import harness
from tests.lsp.harness import Editor, position
from tests.proof.proving import quick
from tests.shapes import VALUES

if TYPE_CHECKING:
    from random import Random

_FILES = {"app.py": "python", "pkg/b.py": "python", "start.sh": "shell", "config.yaml": "yaml", "notes.txt": "text"}
_CLIENTS = ("vscode", "neovim", "emacs")
_NAMES = ("HF_TOKEN", "NEW_NAME", "PATH", "é", "1A", "", "SPACE_ID")
_QUIET = 20.0
"""Seconds after which a server that says nothing is deaf."""
_FRAMES = (
    "Content-Length: 2\n\n{}", "Content-Length: -5\r\n\r\n{}", "Content-Length: 99999999999999999999\r\n\r\n{}",
    "Content-Length: 2.0\r\n\r\n{}", "Content-Length: \xb2\r\n\r\n{}", "Content-Length: 0\r\n\r\n", "\r\n\r\n",
    "X: y\r\n\r\n", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", "content-LENGTH:4\r\n\r\nnull",
    'Content-Length: 3\r\n\r\n"\xff"', "Content-Length: 1\r\n\r\n{}", "x" * 9999 + "\r\n\r\n",
    "Content-Length: " + "9" * 5000 + "\r\n\r\n",
)  # fmt: skip
_BODIES = (
    "[]", "null", "{}", "[" * 9999, '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","id":"a","method":"x"}',
    '{"id":{},"method":"x"}', '{"jsonrpc":"2.0","id":NaN,"method":"textDocument/hover"}',
    '{"jsonrpc":"2.0","method":5}', '{"jsonrpc":"2.0","id":-1,"result":1}',
    '{"jsonrpc":"2.0","id":null,"method":"textDocument/codeAction","params":[]}',
    '{"jsonrpc":"2.0","id":"b","method":"\\ud800"}',
    '{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///x"},"contentChanges":[{}]}}',
    '{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"x:y","languageId":"","version":1e9,"text":7}}}',
    '{"jsonrpc":"2.0","id":"c","method":"workspace/executeCommand","params":{"command":"unspill.moveSecret","arguments":[{},1]}}',
    '{"jsonrpc":"2.0","id":"c","method":"initialize","params":{}}',
    '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}',
)  # fmt: skip


def sequence(random: Random) -> bytes:
    """A session: which client, then operations."""
    lines: list[Any] = [["client", random.choice(_CLIENTS)]]
    for _ in range(random.randrange(2, 14)):
        path = random.choice(list(_FILES))
        kind = random.choices(
            ["open", "change", "close", "actions", "rename", "command", "raw", "body"],
            weights=[8, 12, 2, 6, 2, 2, 1, 2],
        )[0]
        at, new = random.randrange(200), cases.mutated(random, random.choice(cases.seeds(_FILES[path])))
        new = new.encode("utf-8", "replace").decode().replace("\ufeff", "").replace("\0", "")
        lines.append({
            "open": ["open", path, new],
            "change": ["change", path, at, at + random.choice([0, 1, 9, 500]), new[: random.choice([0, 1, 5, 500])]],
            "close": ["close", path],
            "actions": ["actions", path, at],
            "rename": ["rename", path, at, random.choice(_NAMES)],
            "command": ["command", random.choice(["unspill.fixWorkspace", "unspill.secrets", "unspill.declare"]), path],
            "raw": ["raw", random.choice(_FRAMES)],
            "body": ["body", random.choice(_BODIES)],
        }[kind])  # fmt: skip
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def check_session(case: bytes) -> None:
    """Play a session against the server, with the model beside it."""
    operations = [json.loads(line) for line in cases.filled(case).splitlines() if line]
    files = {".git/HEAD": b"ref: refs/heads/main\n", ".env.example": b"HF_TOKEN=\n", "pkg/x.txt": b""}
    harness.CANARIES.update(value for value in VALUES.values() if len(value) >= 16)
    with quick(), folder_of(files) as folder, commands.inside(folder), patch.object(harness, "_PATIENCE", _QUIET):
        client = next((name for kind, name, *_ in operations if kind == "client" and name in _CLIENTS), "vscode")
        session = _Session(Editor(Path(folder), client).__enter__(), Path(folder))
        if all(session.play(*operation) for operation in operations):
            session.editor.__exit__()
        else:
            session.editor.hang_up()


class _Session:
    """A client, and what it has compared so far."""

    def __init__(self, editor: Editor, root: Path) -> None:
        self.editor = editor
        self.root = root
        self._compared: dict[str, int] = {}
        """The versions of the documents: what is pushed comes once for each."""

    def play(self, kind: str, *arguments: Any) -> bool:
        """One operation, and what must hold after it. False if the server has ended, which it may after `raw` alone."""
        if kind in ("raw", "body"):
            data = arguments[0].encode("latin-1" if kind == "raw" else "utf-8", "replace")
            return _survives(
                self.editor, data if kind == "raw" else b"Content-Length: %d\r\n\r\n%b" % (len(data), data)
            )
        if kind == "command":
            given = [(self.root / arguments[1]).as_uri(), "NEW_NAME"]
            _asked(self.editor, "workspace/executeCommand", {"command": arguments[0], "arguments": given})
        elif kind != "client":
            uri = (self.root / arguments[0]).as_uri()
            if kind == "open" and uri not in self.editor.buffers:
                self.editor.open(uri, arguments[1], _FILES.get(arguments[0], "text"))
                self._compared.pop(uri, None)
            elif kind != "open" and uri in self.editor.buffers:
                _edit(self.editor, uri, kind, *arguments[1:])
        for uri, version in self.editor.versions.items():
            if self._compared.get(uri) != version:
                _compare(self.editor, self.root, uri)
                self._compared[uri] = version
        return True


def _edit(editor: Editor, uri: str, kind: str, *arguments: Any) -> None:
    text = editor.buffers[uri]
    if kind == "close":
        editor.close(uri)
        return
    at = position(text, min(arguments[0], len(text)), editor.unit) if kind in ("change", "actions", "rename") else {}
    if kind == "change":
        end = position(text, min(arguments[1], len(text)), editor.unit)
        editor.change(uri, ({"start": at, "end": end}, arguments[2]))
    elif kind == "rename":
        there = {"textDocument": {"uri": uri}, "position": at}
        edit = _asked(editor, "textDocument/rename", {**there, "newName": arguments[1]})
        if edit:
            editor._apply(edit)
        _asked(editor, "textDocument/hover", there)
    elif kind == "actions":
        whole = {"start": {"line": 0, "character": 0}, "end": position(text, len(text), editor.unit)}
        offered = [one for one in editor.actions(uri, whole) if "disabled" not in one]
        if offered:
            editor.apply(offered[arguments[0] % len(offered)])


def _survives(editor: Editor, data: bytes) -> bool:
    """Whether the server is still there after such bytes. It may hang up; it may not stay and say nothing."""
    with suppress(OSError):
        editor._to_server.write(data)
    try:
        editor.messages()
    except AssertionError:  # it has hung up
        return False
    except Exception as error:
        raise AssertionError("the server is deaf") from error
    return True


def _compare(editor: Editor, root: Path, uri: str) -> None:
    text = editor.buffers[uri]
    name = os.path.relpath(harness._path(uri), root)
    wanted = commands.run(["check", "-", "--stdin-filename", name, "--format", "json"], text.encode()).report[
        "findings"
    ]
    expected = sorted(
        (row["rule"], *_protocol(text, row[end], editor.unit)) for row in wanted for end in ("start", "end")
    )
    found = sorted(
        (one["code"], one["range"][end]["line"], one["range"][end]["character"])
        for one in editor.settled(uri)
        for end in ("start", "end")
    )
    assert found == expected, "the server's diagnostics are not those of `check`"


def _protocol(text: str, place: dict[str, int], unit: str) -> tuple[int, int]:
    """The report's line and column (from 1, in code points) as the protocol counts."""
    index = harness.offset(text, {"line": place["line"] - 1, "character": place["column"] - 1}, "utf-32")
    made = position(text, index, unit)
    return made["line"], made["character"]


def _asked(editor: Editor, method: str, params: dict[str, Any]) -> Any:
    """The result of a request, None if it is refused with a reason of the server's own."""
    answer = editor.answer(method, params)
    error = answer.get("error")
    assert error is None or "internal error" not in error["message"], "an internal error"
    return answer.get("result")
