"""Several at work on the same files, and one of them may die: nothing is lost, and no file is half of anything.

An input has an actor in each line. `{"do": "fix", "path": …, "kill": seconds}` is an `unspill fix`, which may be
killed; `"save"` is an editor's (`"by"` renaming, or in `"place"`); `"server"` is the language server's fix of an open
file. Each begins so many seconds `"after"` the start, or the moment at which anything is written (`"from"`): a race, so
that an input which fails once may not fail again.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cli import environment
from tests.fuzz.commands import inside
from tests.fuzz.projects import folder_of
from tests.helpers import token
from tests.lsp.harness import Editor
from tests.proof.proving import env_values, read

if TYPE_CHECKING:
    from random import Random

_MODULES = 8
"""How many there are in each of the two folders."""
_HANG = 120
_SPACE = b"---\nsdk: gradio\n---\n"
"""Without it each folder that is named would be a project of its own."""
_SAVED = "# written by hand\n"
TOKENS = {f"{'ab'[number % 2]}/m{number // 2}.py": token(900 + number) for number in range(2 * _MODULES)}
FILES = {path: f'from huggingface_hub import login\nlogin(token="{value}")\n' for path, value in TOKENS.items()}


def schedule(random: Random) -> bytes:
    """Two or three actors."""
    actors: list[dict[str, Any]] = [{"do": "fix", "path": random.choice(["a", "."]), "from": "start", "after": 0.0}]
    for _ in range(random.choice([1, 1, 2])):
        actor: dict[str, Any] = {"do": random.choice(["fix", "fix", "save", "save", "server"]), "path": "b"}
        actor |= {"from": random.choice(["start", "write", "write"]), "after": random.random() ** 3 / 5}
        if actor["do"] != "fix":
            actor |= {"path": random.choice(list(FILES)), "by": random.choice(["rename", "place"])}
        actors.append(actor)
    if random.random() < 0.4:
        actors[0]["kill"] = random.random() ** 2 / 5
    return "".join(f"{json.dumps(actor)}\n" for actor in actors).encode()


def check_schedule(case: bytes) -> None:
    """Let the actors work, judge what they left, run once more, and judge again."""
    actors = [json.loads(line) for line in case.splitlines()]
    saved = {actor["path"] for actor in actors if actor["do"] == "save"}
    killed = any(actor.get("kill") is not None for actor in actors)
    with folder_of({"README.md": _SPACE, **{path: text.encode() for path, text in FILES.items()}}) as folder:
        _play(folder, actors)
        judge(folder, saved, may_leave=killed)
        again = subprocess.run(
            _command("."), cwd=folder, env=environment(Path(folder)), capture_output=True, timeout=_HANG
        )
        assert again.returncode == 0, f"a later run ends with {again.returncode}"
        judge(folder, saved, may_leave=False)
        values = set(env_values(read(folder)[".env"]).values())
        assert values >= set(TOKENS.values()), "a later run does not finish the work"


def judge(folder: str, saved: set[str], *, may_leave: bool) -> None:
    """The reference: every value is in a file, `.env` is private, each file is old or new, and what was saved is there.

    `may_leave`: somebody died, so that copies may be left, in a folder as private as `.env`.
    """
    files = read(folder)
    known = {*FILES, "README.md", ".env", ".env.example", ".gitignore"}
    whole = "\n".join(raw.decode() for path, raw in files.items() if path in known)
    assert all(value in whole for value in TOKENS.values()), "a value is lost"
    for path in files.keys() - known:
        assert may_leave, "a file of no meaning is left"
        assert path.startswith(".unspill/"), "a copy is left where git or an image may take it"
        assert _mode(folder, ".unspill") == 0o700, "others may read what is left"
    if ".env" in files:
        assert _mode(folder, ".env") == 0o600, "others may read `.env`"
        assert set(env_values(files[".env"]).values()) <= set(TOKENS.values()), "`.env` is half-written"
    for path, text in FILES.items():
        assert path not in saved or _SAVED in files[path].decode(), "what was saved is lost"
        assert files[path].decode() in _versions(path, text, saved=path in saved), "a file is neither old nor new"


def _versions(path: str, text: str, *, saved: bool) -> set[str]:
    """What a file may hold: its text as it was saved last, fixed or not."""
    own = text + _SAVED if saved else text
    call = f'"{TOKENS[path]}"'
    names = [f"HF_TOKEN_{number}" for number in range(2, len(TOKENS) + 1)]
    stem = path.rpartition("/")[2].partition(".")[0].upper()
    names += ["HF_TOKEN", f"{stem}_HF_TOKEN", f"HF_TOKEN_{stem}"]
    starts = ("import os\n", "import os\n\n")  # as isort groups the imports
    return {own, *(f"{start}{own}".replace(call, f'os.environ["{name}"]') for name in names for start in starts)}


def _play(folder: str, actors: list[dict[str, Any]]) -> None:
    started, processes = time.monotonic(), []
    with ExitStack() as stack:
        editor = None
        if any(actor["do"] == "server" for actor in actors):
            stack.enter_context(inside(folder))
            editor = stack.enter_context(Editor(Path(folder)))
        for actor in sorted(actors, key=lambda actor: (actor["from"] == "write", actor["after"])):
            if actor["from"] == "write":
                while not any(".env" in name for name in os.listdir(folder)) and time.monotonic() - started < 5:
                    time.sleep(0.0005)
            time.sleep(actor["after"])
            if actor["do"] == "fix":
                run = subprocess.Popen(_command(actor["path"]), cwd=folder, env=environment(Path(folder)),
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
                processes.append((run, actor.get("kill")))
            elif actor["do"] == "save":
                _save(os.path.join(folder, actor["path"]), actor["by"])
            elif editor is not None:
                _fix_in(editor, Path(folder, actor["path"]))
        for run, kill in processes:
            if kill is not None:
                while not any(".env" in name for name in os.listdir(folder)) and run.poll() is None:
                    time.sleep(0.0005)
                time.sleep(kill)
                run.kill()
            run.wait(_HANG)


def _save(path: str, by: str) -> None:
    """What an editor does that knows nothing of us: it read the file before, and writes all of it."""
    text = FILES["/".join(path.split("/")[-2:])] + _SAVED
    target = f"{path}~" if by == "rename" else path
    with open(target, "w", encoding="utf-8") as file:
        file.write(text)
    if target != path:
        os.replace(target, path)


def _fix_in(editor: Editor, path: Path) -> None:
    """Fix an open file and save it, if it was edited: what an editor only shows it does not write."""
    opened = path.read_text("utf-8")
    editor.open(path.as_uri(), opened)
    editor.request("workspace/executeCommand", {"command": "unspill.fixAll", "arguments": [path.as_uri(), 1]})
    if editor.buffers[path.as_uri()] != opened:
        path.write_text(editor.buffers[path.as_uri()], "utf-8")


def _command(path: str) -> list[str]:
    return [sys.executable, "-m", "unspill", "fix", "-q", path]


def _mode(folder: str, path: str) -> int:
    return stat.S_IMODE(os.stat(os.path.join(folder, path)).st_mode)
