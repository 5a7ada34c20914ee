"""Ten minutes of somebody's editing, made up from a seed: the same for every client, and known to the character.

A recording is a list of steps, each [what, argument]. The cursor stands where the step before has left it.

    open FILE       show it, made if need be
    line NUMBER     to the beginning of a line, from 0; or with "end NUMBER" to its end
    type TEXT       a character at a time, line breaks too
    paste TEXT      at once
    undo -          the paste just before
    erase COUNT     backspaces, in the line
    cut COUNT       whole lines from the cursor's on; never the last
    save -          the file that is shown
    rename NAME     the file that is shown
    close -         the file that is shown, saved before
    remove -        the file that is shown: it is deleted, and closed
"""

from __future__ import annotations

import json
import subprocess
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.editors import kit
from tests.samples import sample
from tests.spaces import PATTERNS

if TYPE_CHECKING:
    from pathlib import Path

KEYS_PER_MINUTE = 240
"""What a fast typist presses."""
MINUTES = 10
_WORDS = "load the model once and keep it warm then answer with the tokens we got from the hub 😀 größer 日本".split()
_STARTS = {
    "app.py": "import os\n\nimport gradio as gr\n\n\ndef main():\n    pass\n",
    "tools.py": "# helpers\nimport os\n\n",
    "notes.md": "# Notes\n\nDo not lose them.\n",
    "config.yaml": "model: small\nretries: 3\n",
    "scratch.py": "x = 1\n",
}


class Recording(NamedTuple):
    """The files to begin with, the steps, the files that there are afterwards, and which of them are open."""

    before: dict[str, str]
    steps: list[list[Any]]
    after: dict[str, str]
    opened: list[str]

    def start(self, folder: Path) -> Path:
        """Write the files, and the recording beside them. Gives the folder of the files."""
        root = folder / "typed"
        (root / ".git").mkdir(parents=True)
        for name, text in self.before.items():
            (root / name).write_text(text, "utf-8")
        (folder / "recording.json").write_text(json.dumps(self.steps), "utf-8")
        return root

    def check(self, root: Path) -> list[tuple[str, int, str, str]]:
        """What a fresh `unspill check` finds in the open files: file, line from 1, rule, and the text there.

        Every file must be as it was typed, to the character.
        """
        left = {path.name: path.read_text("utf-8") for path in root.iterdir() if path.is_file()}
        assert left == self.after
        command = [str(kit.UNSPILL), "check", "--format", "json", *self.opened]
        report = subprocess.run(command, cwd=root, capture_output=True)
        found = []
        for row in json.loads(report.stdout)["findings"]:
            start, end = row["start"], row["end"]
            assert start["line"] == end["line"]
            text = left[row["path"]].split("\n")[start["line"] - 1][start["column"] - 1 : end["column"] - 1]
            found.append((row["path"], start["line"], row["rule"], text))
        assert len({path for path, *_ in found}) > 1, "a recording that leaves nothing to find proves nothing"
        return sorted(found)


def record(seed: int) -> Recording:
    """The recording that a seed stands for."""
    typist = _Typist(Random(f"typing {seed}"))
    for minute in range(MINUTES):
        typist.work(KEYS_PER_MINUTE)
        if minute == 3:
            typist.rename("tools.py", "helpers.py")
        elif minute == 5:
            typist.close("config.yaml")
        elif minute == 7:
            typist.remove("scratch.py")
    for name in [*typist.opened]:
        typist.open(name)
        typist.step("save")
    return Recording(dict(_STARTS), typist.steps, {n: "\n".join(t) for n, t in typist.texts.items()}, typist.opened)


class _Typist:
    """Keeps the text of every file while the steps are made."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.steps: list[list[Any]] = []
        self.texts = {name: text.split("\n") for name, text in _STARTS.items()}
        self.opened: list[str] = []
        self._shown = ""
        self._line = self._column = 0
        self._open_to_choose = list(_STARTS)

    def step(self, what: str, argument: Any = None) -> None:
        """Note a step."""
        self.steps.append([what, argument])

    def work(self, keys: int) -> None:
        """Edit for so many presses of a key."""
        habits = (self._write_code, self._write_code, self._write_text, self._paste, self._regret, self._delete)
        end = sum(map(_presses, self.steps)) + keys
        while sum(map(_presses, self.steps)) < end:
            if self.random.random() < 0.3 or not self._shown:
                self.open(self.random.choice(self._open_to_choose))
            self.random.choice(habits)()

    def open(self, name: str) -> None:
        """Show a file."""
        if name != self._shown:
            self.step("open", name)
            self._shown = name
            if name not in self.opened:
                self.opened.append(name)

    def rename(self, name: str, to: str) -> None:
        """Give a file another name."""
        self.open(name)
        self.step("save")
        self.step("rename", to)
        self.texts[to] = self.texts.pop(name)
        self.opened[self.opened.index(name)] = self._shown = to
        self._open_to_choose[self._open_to_choose.index(name)] = to

    def close(self, name: str) -> None:
        """Close a file, with what was found in it."""
        self.open(name)
        self._go(0, end=True)
        self._paste_text(f"\ntoken: {self._token()}")
        self.step("save")
        self.step("close")
        self._gone(name)

    def remove(self, name: str) -> None:
        """Delete a file, with what was found in it."""
        self.open(name)
        self._go(0, end=True)
        self._type(f'\nTOKEN = "{self._token()}"')
        self.step("save")
        self.step("remove")
        self._gone(name)
        del self.texts[name]

    def _gone(self, name: str) -> None:
        self.opened.remove(name)
        self._open_to_choose.remove(name)
        self._shown = ""

    def _write_code(self) -> None:
        """A line with a token, or one that only looks so; now and then mistyped first."""
        name = self.random.choice(["HF_TOKEN", "api_key", "client", "model"])
        values = [f'"{self._token()}"', f'os.environ["{name}"]', '"hf_xxxxxxxx"', f'"{self._phrase(2)}"']
        value = self.random.choice(values)
        self._go_somewhere()
        if self.random.random() < 0.4:
            self._type(f"\n{name} = {value[:-1]}zz")
            self._erase(2)
            self._type(value[-1])
        else:
            self._type(f"\n{name} = {value}")

    def _write_text(self) -> None:
        self._go_somewhere()
        self._type(f"\n# {self._phrase(5)}\n# {self._phrase(4)}")

    def _paste(self) -> None:
        self._go_somewhere()
        self._paste_text(f'\nSECOND = "{self._token()}"  # {self._phrase(3)}\nthird = [\n    "{self._token()}",\n]')

    def _regret(self) -> None:
        """A paste into the wrong place."""
        self._go_somewhere()
        lines, at = list(self.texts[self._shown]), (self._line, self._column)
        self._paste_text(f"\n{self._token()}\n{self._token()}")
        self.step("undo")
        self.texts[self._shown], (self._line, self._column) = lines, at

    def _delete(self) -> None:
        lines = self.texts[self._shown]
        if len(lines) > 12:
            first = self.random.randrange(len(lines) - 5)
            self._go(first)
            count = self.random.randint(1, 4)
            self.step("cut", count)
            del lines[first : first + count]

    def _go_somewhere(self) -> None:
        # What follows the last line end is no line for every editor.
        self._go(self.random.randrange(len(self.texts[self._shown]) - 1), end=True)

    def _go(self, line: int, *, end: bool = False) -> None:
        self.step("end" if end else "line", line)
        self._line, self._column = line, len(self.texts[self._shown][line]) if end else 0

    def _type(self, text: str) -> None:
        self.step("type", text)
        self._insert(text)

    def _paste_text(self, text: str) -> None:
        self.step("paste", text)
        self._insert(text)

    def _insert(self, text: str) -> None:
        lines = self.texts[self._shown]
        line = lines[self._line]
        new = (line[: self._column] + text).split("\n")
        at = (self._line + len(new) - 1, len(new[-1]))
        new[-1] += line[self._column :]
        lines[self._line : self._line + 1] = new
        self._line, self._column = at

    def _erase(self, count: int) -> None:
        self.step("erase", count)
        line = self.texts[self._shown][self._line]
        self.texts[self._shown][self._line] = line[: self._column - count] + line[self._column :]
        self._column -= count

    def _token(self) -> str:
        return sample(PATTERNS[self.random.choice(["HF_READ", "TAVILY", "GITHUB", "HF_WRITE"])], self.random)

    def _phrase(self, words: int) -> str:
        return " ".join(self.random.choices(_WORDS, k=words))


def _presses(step: list[Any]) -> int:
    what, argument = step
    if what == "type":
        return len(argument)
    return int(argument) if what in ("erase", "cut") else 1
