"""Services and their clients: a password that both have changes in both places or in none; servers are no browsers."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from unspill.app import fixing
from unspill.fixes import plan
from unspill.model import Span

from tests.cli import write
from tests.helpers import document_of, finding_at, project, token
from tests.proof.proving import quick, read, request
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = sample("[a-z]{6}[0-9]{2}", Random(18))
SERVICE = """jobs:
  a:
    services:
      db:
        image: postgres
        env:
          POSTGRES_PASSWORD: {0}
    steps:
      - run: pytest
        env:
          DATABASE_URL: postgresql://app:{0}@localhost/app
"""


def test_a_password_changes_on_both_sides_or_none() -> None:
    """What is found on one side only stays, with the line of the other; found on both, both are moved."""
    document = document_of(SERVICE.format(PASSWORD), ".github/workflows/x.yml", "yaml")
    second = document.data.rindex(PASSWORD.encode())
    client = Span(second, second + len(PASSWORD))
    for finding, line in (
        (finding_at(document, PASSWORD, span=client), 7),
        (finding_at(document, PASSWORD, "generic-password", ()), 11),
    ):
        alone = plan(finding, document, project())
        assert (alone.fixes, alone.withheld[: len(f"Line {line} ")]) == ((), f"Line {line} ")
        whole = project()
        whole.found[document.path] = {client, finding_at(document, PASSWORD).span}
        assert plan(finding, document, whole).safe


def test_both_sides_get_one_name(tmp_path: Path) -> None:
    """A service and its client that are both found read the same, and agree as before."""
    value = sample("[a-km-z2-9A-HJ-NP-Z]{22}", Random(19))
    write(tmp_path, {".github/workflows/x.yml": SERVICE.format(value)})
    with quick():
        fixing.fix(request(str(tmp_path)))
    after = read(str(tmp_path))
    assert value.encode() not in after[".github/workflows/x.yml"]
    assert after[".env"].count(value.encode()) == 2


SERVER = 'import { NextResponse } from "next/server";\nconst key = "§";\n'


@pytest.mark.parametrize(
    ("path", "source", "is_node"),
    [
        ("app/api/chat/route.ts", 'const key = "§";\n', True),
        ("src/app/api/[id]/route.js", 'const key = "§";\n', True),
        ("web/app/api/chat/route.ts", 'const key = "§";\n', True),
        ("pages/api/hello.ts", 'const key = "§";\n', True),
        ("middleware.ts", 'const key = "§";\n', True),
        ("src/proxy.ts", 'const key = "§";\n', True),
        ("lib/auth.ts", SERVER, True),
        ("server.js", 'const app = require("express")();\nsend("<p>document.title</p>");\nconst key = "§";\n', True),
        ("server.js", 'const app = require("express")();\n// window.open\nconst key = "§";\n', True),
        ("app/api/chat/route.ts", '"use client";\nconst key = "§";\n', False),
        ("lib/page.js", 'const fs = require("fs");\ndocument.title = "x";\nconst key = "§";\n', False),
        ("lib/page.tsx", SERVER, False),
        ("public/middleware/x.js", 'const fs = require("fs");\nconst key = "§";\n', False),
        ("lib/x.ts", 'const key = "§";\n', False),
    ],
)
def test_servers_are_no_browsers(path: str, source: str, is_node: bool) -> None:
    """A framework's files for servers read the environment, as does code that uses a browser only in its texts."""
    document = document_of(source.replace("§", token()), path, "javascript")
    made = plan(finding_at(document, token()), document, project())
    assert (made.safe is not None) == is_node
