"""`python -m tests.apps FOLDER [--clone]`: count what `unspill check` finds in the public apps of `apps.toml`.

Each app is expected in `FOLDER/OWNER/NAME`; `--clone` fetches those that are missing, at the commit of the list. They
are only read. No value, name or place of a finding is printed: `unspill check FOLDER/OWNER/NAME` shows those.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unspill import toml

from tests.cli import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIST = Path(__file__).with_suffix(".toml")


class App(NamedTuple):
    """A public app: where it is, which commit of it is meant, and what it is."""

    repository: str
    commit: str
    about: str

    @property
    def name(self) -> str:
        """Its owner and name, with a slash between."""
        return self.repository.removeprefix("https://github.com/")


class Counted(NamedTuple):
    """How many files of an app were checked, and how often each rule found something, by confidence."""

    files: int
    found: Counter[str]
    low: Counter[str]


def apps(path: Path = LIST) -> list[App]:
    """The apps of a list. Raises OSError, TomlError or TypeError if it is none."""
    return [App(**app) for app in toml.loads(path.read_bytes())["app"]]


def clone(app: App, folder: Path) -> None:
    """Fetch the commit of an app, without its history, into `folder`. Raises CalledProcessError if it cannot be had."""
    folder.mkdir(parents=True)
    for command in (
        ["init", "--quiet"],
        ["fetch", "--quiet", "--depth=1", app.repository, app.commit],
        ["checkout", "--quiet", "--detach", "FETCH_HEAD"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


def count(folder: Path) -> Counted:
    """Check an app, and count. Raises CalledProcessError if the check does not end as it should."""
    command = [sys.executable, "-m", "unspill", "check", "--isolated", "--no-suppressions", "--exit-zero"]
    done = subprocess.run(
        [*command, "--confidence", "low", "--format", "json", "."],
        cwd=folder,
        env=environment(folder.parent / "nobody"),
        stdout=subprocess.PIPE,
        check=True,
    )
    report = json.loads(done.stdout)
    found: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for finding in report["findings"]:
        found[finding["confidence"] == "low"][finding["rule"]] += 1
    return Counted(report["summary"]["files"], found[False], found[True])


def table(listed: Sequence[App], folder: Path) -> Iterator[str]:
    """The lines of the table: one for each app that is there, the sum, and the rules that found most."""
    yield f"{'app':<60}{'files':>7}{'found':>7}{'low':>6}"
    files, found, low = 0, Counter[str](), Counter[str]()
    for app in listed:
        if not (folder / app.name).is_dir():
            yield f"{app.name:<60}  (missing)"
            continue
        counted = count(folder / app.name)
        yield f"{app.name:<60}{counted.files:>7}{counted.found.total():>7}{counted.low.total():>6}"
        files, found, low = files + counted.files, found + counted.found, low + counted.low
    yield f"{'all':<60}{files:>7}{found.total():>7}{low.total():>6}"
    for rule in sorted({*found, *low}, key=lambda rule: (-found[rule] - low[rule], rule)):
        yield f"  {rule:<65}{found[rule]:>7}{low[rule]:>6}"


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 if an app is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.apps", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the apps are")
    parser.add_argument("--clone", action="store_true", help="fetch the apps that are missing")
    parser.add_argument("--list", type=Path, default=LIST, help="the list (default: %(default)s)")
    given = parser.parse_args(arguments)
    listed = apps(given.list)
    for app in listed if given.clone else ():
        if not (given.folder / app.name).exists():
            clone(app, given.folder / app.name)
    for line in table(listed, given.folder):
        print(line, flush=True)
    return int(any(not (given.folder / app.name).is_dir() for app in listed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
