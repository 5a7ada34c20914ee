"""`unspill init`: set up a repository."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from unspill.cli.arguments import INCOMPLETE, add_format, loader, print_json, working
from unspill.cli.terminal import print_diff, print_incomplete, progress
from unspill.errors import MissingPathError
from unspill.output.text import printable
from unspill.shapes import mask_shapes
from unspill.suppress import BASELINE

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Sequence

    from unspill.app import Collector
    from unspill.app.baseline import Recorded
    from unspill.app.fixing import Difference
    from unspill.app.init import Step
    from unspill.cli.arguments import Parser
    from unspill.project.write import FileChange

EXAMPLES = """  unspill init --diff
  unspill init
  unspill init --baseline
  unspill init --ci gitlab
"""

_WOULD_CHANGE = 1


def configure(parser: Parser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "path", nargs="?", default=".", metavar="PATH", help="repository (default: the one around this folder)"
    )
    parser.add_argument("--diff", action="store_true", help="show what would be written; write nothing")
    parser.add_argument("--baseline", action="store_true", help="also record existing findings in a baseline")
    parser.add_argument(
        "--ci",
        choices=("github", "gitlab", "none"),
        help="add a CI job for this platform (default: detected from remotes and files)",
    )
    parser.add_argument(
        "--install",
        metavar="REQUIREMENT",
        help="what the CI job installs with pip (default: what this unspill was installed from)",
    )
    add_format(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="show where internal errors occur")


def run(arguments: Namespace) -> int:
    """Write what is missing, print what was done, and return the exit code."""
    from unspill.app import Collector, Request, baseline, init
    from unspill.app.reporting import report
    from unspill.project import write

    if not os.path.isdir(arguments.path):
        raise MissingPathError(f"{arguments.path}: no such folder")
    request = Request((arguments.path,), loader(), working(), progress=progress())
    root = request.root
    steps = init.steps(root, arguments.ci, arguments.install)
    collector = Collector(request._replace(paths=(root,)).with_own_baseline()).walk()
    found = len(report(collector, collector.scanned_files).rows)
    changes = [step.change for step in steps if step.change is not None]
    if not arguments.diff:
        write.apply(root, (), changes)
    known = had_baseline = collector.baseline is not None
    made = None
    if arguments.baseline and found and not known and not arguments.diff:
        made = baseline.record(collector, request.own_baseline)
        known, found = True, 0
    done = _Done(steps, made, tuple(_next_steps(root, found, known=known)), had_baseline)
    if arguments.format == "json":
        print_json(_content(done, dry=arguments.diff))
    else:
        _print(done, collector, dry=arguments.diff)
    if any(step.by_hand for step in steps) or (made is not None and made.incomplete):
        return INCOMPLETE
    return _WOULD_CHANGE if arguments.diff and changes else 0


class _Done(NamedTuple):
    """What was done (or would be)."""

    steps: Sequence[Step]
    made: Recorded | None
    """The baseline that was written."""
    todo: tuple[str, ...]
    """The remaining steps for the owner of the repository."""
    had_baseline: bool

    @property
    def changes(self) -> list[FileChange]:
        return [step.change for step in self.steps if step.change is not None]


def _print(done: _Done, collector: Collector, *, dry: bool) -> None:
    if dry:
        print_diff(_differences(done.changes, collector))
    for step in done.steps:
        if step.change is None or not dry:
            _say(step)
    if done.had_baseline:
        print(f"{BASELINE}: already exists")
    elif done.made is not None:
        print(f"{BASELINE}: new, {_findings(sum(done.made.counts.values()))}")
        print_incomplete(done.made.incomplete)
    count = len(done.changes)
    if dry and count:
        print(f"{count} {'file' if count == 1 else 'files'} would change; nothing was written.")
    elif not count and done.made is None:
        print("Nothing to change.")
    _print_next(done.todo)


def _content(done: _Done, *, dry: bool) -> dict[str, Any]:
    """What was done (or would be) as JSON values, version 1; see `schemas/init.json`."""
    return {
        "version": 1,
        "dry_run": dry,
        "steps": [
            {
                "path": mask_shapes(step.path),
                "state": step.state,
                "changes": step.change is not None,
                "manually": step.by_hand or None,
            }
            for step in done.steps
        ],
        "baseline": {
            "found": done.had_baseline,
            "added": None if done.made is None else sum(done.made.counts.values()),
        },
        "next": list(done.todo),
    }


def _say(step: Step) -> None:
    print(f"{printable(mask_shapes(step.path))}: {step.state}{':' if step.by_hand else ''}")
    for line in step.by_hand.splitlines():
        print(f"    {line}")


def _differences(changes: Sequence[FileChange], collector: Collector) -> Iterator[Difference]:
    """The changes, masked: the lines around an addition may contain a value."""
    from unspill.app import masking
    from unspill.app.fixing import Difference
    from unspill.languages import document_of

    redactions = masking.redactions(collector)

    def shown(path: str, text: bytes) -> str:
        return masking.shown(path, text, collector.analyse(document_of(text, path)).scan, redactions)

    for path, before, after in changes:
        yield Difference(mask_shapes(path), None if before is None else shown(path, before), shown(path, after))


def _next_steps(root: str, found: int, *, known: bool) -> list[str]:
    """The remaining steps for the owner of the repository."""
    from unspill.app import init

    todo = []
    if found and known:
        todo.append(f"{_findings(found)} not in the baseline: run `unspill check`.")
    elif found:
        if names := init.importable(root):
            files = " ".join(f"--import {name}" for name in names)
            todo.append(f"`unspill baseline {files}` adds what other scanners ignore to the baseline.")
        todo.append(
            f"{_findings(found)}: `unspill fix` fixes what it can; `unspill baseline` adds the rest to the baseline."
        )
    if init.wants_hooks(root):
        todo.append("Run `pre-commit install` to enable the hook.")
    return todo


def _print_next(todo: Sequence[str]) -> None:
    if todo:
        print("\nNext:")
    for number, step in enumerate(todo, 1):
        print(f"  {number}. {step}")


def _findings(count: int) -> str:
    return f"{count:,} {'finding' if count == 1 else 'findings'}"
