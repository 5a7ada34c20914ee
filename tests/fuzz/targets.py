"""Every target, in the order in which they are run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz import cases, commands, projects, repositories, texts

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
    "configuration": Target(commands.configuration, commands.check_configuration),
    "rules": Target(commands.rule_files, commands.check_rule_files),
    "ignore": Target(commands.ignore, commands.check_ignore),
    "baseline": Target(commands.baseline, commands.check_baseline),
    "imports": Target(commands.imports, commands.check_imports),
    "notebooks": Target(commands.notebooks, commands.check_notebooks),
    "git": Target(repositories.changes, repositories.check_repository),
}
