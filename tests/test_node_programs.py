"""JavaScript that reads the environment after a fix does what it did before."""

from __future__ import annotations

import os
import shutil
import subprocess
from random import Random
from typing import TYPE_CHECKING

import pytest
from unspill import fixes
from unspill.languages import located
from unspill.scan import Scanner

from tests.helpers import applied, document_of, project, token

if TYPE_CHECKING:
    from pathlib import Path

T = token(3)
NODE = shutil.which("node")
STATEMENTS = (
    "log('§');", 'log("a §", 1);', "log(`b §`, `${1 + 1}`);", "log('a\\'b', '§');", "// it's\nlog('§'); // \"x",
    'log({ a: "§", "b": `c` });', "log(['§', '\"', '`']);", "log(/['\"`]/.test('§') ? 1 : '§');",
    "log(4 / 2 / 1, '§'); // /",
    "/* ' */ log('Bearer §' + \"'\");", "log(`a\nb § c`);", "log(((x) => { return /'/.test(x) ? 1 : '§' })('a'));",
    "log({ '§': 1 });", "log(`${'§'} §`);", "log('\\x41 §');", "log('$1 §');",
    "log('`', \"${} §\");",
    "log(typeof '§', '§'.length, '§'[0]);", "switch ('§') { case '§': log(1); }", "let a§ = 1; log(a§);",
)  # fmt: skip
"""`§` is the value."""
NESTED = "log(`${`a` + '§'}`);"
"""Nothing behind a template in a template is fixed."""


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
@pytest.mark.parametrize("seed", range(8))
def test_programs_do_what_they_did(seed: int, tmp_path: Path) -> None:
    """Whatever is fixed prints the same with the variable set."""
    random, scanner = Random(seed), Scanner()
    text = "const fs = require('node:fs'); const log = console.log;\n"
    text += "\n".join([*random.sample(STATEMENTS, 10), NESTED]).replace("§", T)
    before = run(tmp_path, text)
    where = project()
    while True:
        document = document_of(text, "a.js", "javascript")
        found = located(document, scanner.scan(document).findings)
        safe = [plan.safe for plan in (fixes.plan(one, document, where) for one in found) if plan.safe is not None]
        if not safe:
            break
        text = applied(document, safe[0])
    assert "process.env.HF_TOKEN" in text
    assert run(tmp_path, text, HF_TOKEN=T) == before


def run(folder: Path, text: str, **environment: str) -> str:
    """What Node prints for a program."""
    (folder / "a.js").write_text(text)
    command = [NODE or "node", str(folder / "a.js")]
    ran = subprocess.run(
        command, capture_output=True, text=True, env={"PATH": os.environ["PATH"], **environment}, check=True
    )
    return ran.stdout
