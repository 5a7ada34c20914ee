"""The command line in a hostile folder: whatever a file says, the exit code is one of 0 to 3, and no value is shown."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from unspill import rules
from unspill.cli.main import main

from tests.cli import Ran, environment
from tests.fuzz import cases
from tests.fuzz.projects import folder_of
from tests.proof.proving import quick, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

CODES = (0, 1, 2, 3)
LEAK = 'import os\nTOKEN = "§"\n'
_PLACE = re.compile(r"^  .*?([^/]+\.py):\d+:\w+$", re.MULTILINE)

_SETTINGS = (
    'exclude = ["docs/", "*.md", "!a", "[z-a]", "**/x/**", "/a b/"]\n', 'ignore = ["bearer-header", "hugging*"]\n',
    '[severity]\n"huggingface*" = "warning"\nurl-basic-auth = "hint"\n', 'confidence = "low"\nmax-file-size = "1kB"\n',
    'exclude = ["**"]\nignore = ["*"]\n', "a.b.c = 1\n[a.b]\n", "exclude = 1979-05-27\n", 'rules = ["x.toml"]\n',
    '[tool.unspill]\nexclude = ["a"]\n', 'select = ["§"]\nignore = [[]]\n', "max-file-size = 99999999999999999999\n",
)  # fmt: skip
_PATTERNS = (
    "*.py", "!app.py", "/app.py", "a/**/b", "**", "[a-z]*", "[!a]", "[]]", "\\#", "\\ ", "*a*a*a*a*a*b", "a\\",
    "[[:alpha:]]", ".env", "!.env", "§", "?", "{a,b}", "[a--z]", "[z-a]", "[", "a/", "//", "/", "!", "# c", "\udcff",
    "é/*", "a b  ", "**a**/",
)  # fmt: skip
_BASELINES = (
    f"unspill-baseline 1 {'0' * 64}\n{'a' * 32} 1 huggingface-user-token in \"app.py\"\n", "unspill-baseline 2 x\n",
    f"unspill-baseline 1 $UNSPILL_FINGERPRINT_KEY:{'0' * 16}\n", f'{"b" * 32} 999999999 x-y in "\\ud800\\n"\n',
    f'{"c" * 32} 1 generic-password in "../app.py"\n', f'{"d" * 32} 0 x in "a"\n', "<<<<<<< HEAD\n",
)  # fmt: skip
_FOREIGN = {
    ".gitleaksignore": (f"{'a' * 40}:app.py:generic:2\n", "app.py:x:2\n", "# c\n", "C:\\a:x:0001\n", "§:a:1\n"),
    ".secrets.baseline": (json.dumps({"version": "1", "results": {"app.py": [{"hashed_secret": "a" * 40}]}}),
                          '{"results": {"a": [{"hashed_secret": 1}]}}', '{"results": []}'),
    ".gitguardian.yaml": ("version: 2\nsecret:\n  ignored_matches:\n  - match: §\n  ignored_paths: ['a/b', '**']\n",
                          "matches-ignore:\n- §\n- {name: a, match: &x '§'}\npaths-ignore: [*x]\n"),
    ".secretlintignore": ("a/\n", "!b\n", "**/x\n§\n"),
}  # fmt: skip
_RULE = """[provider]
name = "Acme"
revoke = "https://acme.example"
[[credential]]
id = "acme-key"
name = "Acme key"
env = ["ACME_KEY"]
pattern = '{}'
impact = "Opens it."
rotate = "Make another."
keywords = ["acme"]
example = ['k = "{{acme_[a-z0-9]{{20}}}}"']
not = ["acme_x"]
"""
_REQUESTS = (
    '[[provider.verify]]\nrules = ["acme-key"]\nurl = "https://acme.example/me?{secret}"\nlive = [200]\n',
    '[[provider.revocation]]\nrules = ["acme-key"]\nurl = "{secret}"\nhosts = ["acme.example"]\nrevoked = [204]\n',
    "[provider.verify]\nrules = [[]]\nurl = 1\n",
    "live = [{ status = 200, json = { a = nan } }]\n",
    'overlap = "two"\n',
)
_LEDGER = {
    "version": 1,
    "seen": "2026-11-30",
    "credentials": {
        "a" * 32: {
            "rule": "huggingface-user-token",
            "names": ["HF_TOKEN"],
            "planned": ["§"],
            "exposed": [{"path": "app.py", "commit": "b" * 40, "day": "2026-11-30T00:00:00+00:00"}],
            "incident": "2026-11-30",
            "absent": "",
            "done": {"set": "2026-11-30"},
        }
    },
}
_EXPRESSIONS = (
    "acme_[a-z0-9]{20}", "a(x+x+)+y", "[a-z]{1,99999}", ".*.*.*=", "(?i)hf_[A-Z]{34}", "(a)(b)", "\\p{L}{9}", "x{0}y",
    "é{9}", "(?P<n>a)(?P=n)", "a|", "[^\\x00-\\xff]", "\\d+", "(?:a|b|c){50}", "hf_\\w{34}", "(?s:.){9}", "(?>a)b",
    "\\u0068f_",
)  # fmt: skip
_VALUES: tuple[object, ...] = (
    None,
    0,
    -1,
    "§",
    [],
    {},
    ["§", 1],
    "\udcff",
    True,
    {"a": "§"},
    "%%bash\nx=§",
    "code",
    1e400,
)


def configuration(random: Random) -> bytes:
    """A folder with a configuration file."""
    made = "".join(random.sample(_SETTINGS, random.choice([1, 1, 2, 3])))
    name = random.choice(["unspill.toml", "unspill.toml", "pyproject.toml", "sub/unspill.toml", "user.toml"])
    head = "[tool.unspill]\n" if name == "pyproject.toml" else ""
    return _beside_leaks({name: cases.mutated(random, head + made, (*_SETTINGS, *cases.seeds("toml")))})


def ignore(random: Random) -> bytes:
    """A folder with ignore files."""
    files = {".git/HEAD": "ref: refs/heads/main\n", "Dockerfile": "FROM a\n"}
    for name in random.sample([".gitignore", ".dockerignore", "sub/.gitignore", ".git/info/exclude"], 2):
        lines = "".join(f"{random.choice(_PATTERNS)}\n" for _ in range(random.choice([1, 2, 5])))
        files[name] = cases.mutated(random, lines, _PATTERNS)
    return _beside_leaks(files)


def baseline(random: Random) -> bytes:
    """A folder with a baseline."""
    made = _BASELINES[0] + "".join(random.choices(_BASELINES, k=random.choice([0, 1, 2])))
    return _beside_leaks({".unspill-baseline": cases.mutated(random, made, _BASELINES)})


def imports(random: Random) -> bytes:
    """A folder with another scanner's ignore file."""
    name = random.choice(list(_FOREIGN))
    return _beside_leaks({name: cases.mutated(random, random.choice(_FOREIGN[name]), _FOREIGN[name])})


def notebooks(random: Random) -> bytes:
    """A notebook whose JSON was meddled with: as a value, so that it stays JSON, or as a text."""
    content = json.loads(random.choice(cases.seeds("notebook")))
    for _ in range(random.choice([1, 2, 4])):
        _meddle(random, content)
    made = json.dumps(content, indent=random.choice([None, 1]), ensure_ascii=random.random() < 0.2)
    return _beside_leaks({"a.ipynb": cases.mutated(random, made) if random.random() < 0.2 else made})


def ledger(random: Random) -> bytes:
    """A folder with the ledger of a rotation, meddled with as a value or as a text, and its key."""
    content = deepcopy(_LEDGER)
    for _ in range(random.choice([0, 1, 2])):
        _meddle(random, content)
    made = json.dumps(content)
    key = random.choice([f"{'0' * 64}\n", f"{'0' * 64}\n", "§\n"])
    files = {"rotation.json": cases.mutated(random, made) if random.random() < 0.3 else made, "rotation.key": key}
    return _beside_leaks({f".unspill/{name}": text for name, text in files.items()})


COMMANDS: dict[str, tuple[Callable[[Random], bytes], tuple[str, ...]]] = {
    "configuration": (configuration, ("check", "check --config user.toml", "check - --stdin-filename sub/x.py",
                                      "fix --diff", "baseline -o out", "secrets", "init --diff")),
    "ignore": (ignore, ("check", "secrets", "fix --diff", "fix")),
    "baseline": (baseline, ("check", "fix --diff", "baseline --prune", "baseline --update", "check")),
    "imports": (imports, (*(f"baseline --import {name} -o out" for name in _FOREIGN), "init --diff")),
    "notebooks": (notebooks, ("check", "fix", "check")),
}  # fmt: skip
"""What makes a hostile folder, and the command lines that are run in it."""


def check(case: bytes, command_lines: Sequence[str]) -> None:
    """Run command lines in a folder; a notebook stays JSON."""
    with quick(), folder_of(cases.files_of(case)) as folder, inside(folder):
        notebooks = {path for path, raw in read(folder).items() if path.endswith(".ipynb") and _is_json(raw)}
        for line in command_lines:
            run(line.split(), cases.filled(LEAK.encode()))
        assert all(_is_json(read(folder)[path]) for path in notebooks), "a fix leaves no JSON"


def rule_file(random: Random) -> bytes:
    """A file with a rule of one's own."""
    expression = random.choice(_EXPRESSIONS)
    if random.random() < 0.4:
        expression = cases.mutated(random, expression, _EXPRESSIONS).replace("'", "")
    made = _RULE.format(expression)
    if random.random() < 0.4:
        made = made.replace("[[credential]]", f"{''.join(random.sample(_REQUESTS, 2))}\n[[credential]]")
    return _beside_leaks({"rules/acme.toml": cases.mutated(random, made) if random.random() < 0.5 else made})


def check_rule_file(case: bytes) -> None:
    """A rule file beside a few shipped ones (all of them take a second to compile), with either engine."""
    few = rules.shipped()[::400]
    with folder_of(cases.files_of(case)) as folder, inside(folder), patch.object(rules, "files", lambda _: few):
        for fast in (True, False):
            with patch("unspill.engine.has_hyperscan", lambda fast=fast: fast):
                run(["check", "--no-cache", "--rules", "rules/acme.toml"])


@cache
def _loaded(paths: tuple[str, ...]) -> list[rules.Rule]:
    return _LOAD(paths)


_LOAD = rules.load


def check_ledger(case: bytes) -> None:
    """Plan a rotation with a ledger; one that cannot be used stays as it is."""
    lines = ("rotate", "rotate --since 2026-12-01 --format json", "rotate --done a all", "rotate --format markdown")
    with patch.object(rules, "load", lambda paths: _loaded(tuple(paths))):
        check(case, lines)


def run(arguments: Sequence[str], stdin: bytes = b"") -> Ran:
    """Run a command line in this process, and hold what holds for each."""
    out, err = io.StringIO(), io.StringIO()
    source = io.TextIOWrapper(io.BytesIO(stdin))
    verbose = [] if arguments[0] in ("secrets", "init") else ["-v"]
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", source):
        code = main([*arguments, *verbose])
    ran = Ran(code, out.getvalue(), err.getvalue())
    broken = re.search(r"internal error: \w+", ran.err)
    assert broken is None, " in ".join([broken[0] if broken else "", *(_PLACE.findall(ran.err)[-1:])])
    assert code in CODES, f"exit code {code}"
    assert "Traceback" not in ran.err + ran.out, "a traceback"
    assert "Warning:" not in ran.err, "a warning of Python's"
    assert not cases.exposed(ran.out + ran.err), "a value is shown"
    return ran


def _beside_leaks(files: dict[str, str]) -> bytes:
    return cases.archive({"app.py": LEAK, "sub/b.py": LEAK, **files})


@contextmanager
def inside(folder: str) -> Iterator[None]:
    """Work in `folder`, with nothing of this machine's settings."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        with patch.dict(os.environ, environment(Path(folder, ".nobody")), clear=True):
            yield
    finally:
        os.chdir(here)


def _meddle(random: Random, content: object) -> None:
    """Change one value somewhere in JSON, in place."""
    while isinstance(content, (dict, list)) and content:
        key = random.choice(list(content) if isinstance(content, dict) else range(len(content)))
        inner = content[key]
        if random.random() < 0.4 or not isinstance(inner, (dict, list)) or not inner:
            content[key] = deepcopy(random.choice([*_VALUES, [[inner]]]))
            return
        content = inner


def _is_json(raw: bytes) -> bool:
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True
