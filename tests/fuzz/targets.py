"""Every target, in the order in which they are run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz import cases, commands, projects, protocol, repositories, schedules, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


class Target(NamedTuple):
    """What makes an input, and what raises if something that must hold does not hold of it."""

    make: Callable[[Random], bytes]
    check: Callable[[bytes], None]


TARGETS = {
    "scan": Target(texts.any_text, texts.check_scan),
    **{name: Target(partial(cases.document, language=name), texts.check_language) for name in cases.PATHS},
    "fixes": Target(projects.project, projects.check_fixes),
    "rules": Target(commands.rule_file, commands.check_rule_file),
    "ledger": Target(commands.ledger, commands.check_ledger),
    **{
        name: Target(make, partial(commands.check, command_lines=lines))
        for name, (make, lines) in commands.COMMANDS.items()
    },
    "git": Target(repositories.changes, repositories.check_repository),
    "jsonrpc": Target(protocol.sequence, protocol.check_session),
    "schedules": Target(schedules.schedule, schedules.check_schedule),
}
