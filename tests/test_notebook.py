"""Notebooks: cells in their own language, outputs, magics, and edits that keep the JSON as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import languages, sites
from unspill.document import Document
from unspill.fixes.notebook import plan
from unspill.languages import notebook
from unspill.model import Span

from tests.helpers import applied, document_of, finding_at, fixed, project, token

T = token()


def lines_of(source: str) -> list[str]:
    """A source as notebooks keep it: one string per line."""
    return source.splitlines(keepends=True)


def book(*cells: dict[str, Any], indent: int | None = 1) -> Document:
    """A notebook with these cells."""
    text = json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent)
    return document_of(text + "\n", "a.ipynb", "notebook")


def code(source: str, *, joined: bool = False, outputs: Any = ()) -> dict[str, Any]:
    """A code cell."""
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": list(outputs),
        "source": source if joined else lines_of(source),
    }


def sources(text: str) -> list[str]:
    """The sources of a notebook's cells, joined."""
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


CELLS = [
    ('login("§")\n', 'import os\n\nlogin(os.environ["HF_TOKEN"])\n'),
    ('import os\nx = "§"', 'import os\nx = os.environ["HF_TOKEN"]'),
    ('import os\nos.environ["HF_TOKEN"] = "§"\nx = 1', "import os\nx = 1"),
    ('import os\nx = 1\nos.environ["HF_TOKEN"] = "§"', "import os\nx = 1\n"),
    ('!ls\nimport os\nx = "é \\" 🙂 §"', "!ls\nimport os\nx = f\"é \\\" 🙂 {os.environ['HF_TOKEN']}\""),
    ('%%time\nx = "§"', '%%time\nimport os\n\nx = os.environ["HF_TOKEN"]'),
    ("%env HF_TOKEN=§\nx = 1", "x = 1"),
    ("%set_env HF_TOKEN §\nx = 1", "x = 1"),
    ("!hf auth login --token §\nx = 1", '!hf auth login --token "$HF_TOKEN"\nx = 1'),
    ("x = 1\n!curl -H 'Authorization: Bearer §' u", 'x = 1\n!curl -H "Authorization: Bearer $HF_TOKEN" u'),
    ("%pip install git+https://§@h.test/x", '%pip install "git+https://$HF_TOKEN@h.test/x"'),
    ("# §\nx = 1", "# <HF_TOKEN>\nx = 1"),
    ('%%writefile app.py\nimport os\nx = "§"', '%%writefile app.py\nimport os\nx = os.environ["HF_TOKEN"]'),
]  # fmt: skip


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize(("before", "after"), CELLS, ids=[before for before, _ in CELLS])
def test_code_cells(before: str, after: str, joined: bool) -> None:
    """A code cell is mended as its own language, in both shapes that a source has; other cells stay."""
    other = code("y = 1\n")
    document = book(other, code(before.replace("§", T), joined=joined), other)
    made = fixed(plan, document, finding_at(document, T))
    assert sources(made) == ["y = 1\n", after, "y = 1\n"]


def test_shell_cells() -> None:
    """E-4: a `%%bash` cell is a shell script."""
    document = book(code(f"%%bash\nhf auth login --token {T}\n"))
    made = sources(fixed(plan, document, finding_at(document, T)))[0]
    assert made.startswith("%%bash\n")
    assert "HF_TOKEN" in made
    assert T not in made


def test_an_inserted_line_is_a_string_of_its_own() -> None:
    """E-1: a source that is a list stays a list of lines."""
    document = book(code(f'import a\nx = "{T}"\n'))
    made = json.loads(fixed(plan, document, finding_at(document, T)))
    assert made["cells"][0]["source"] == ["import os\n", "\n", "import a\n", 'x = os.environ["HF_TOKEN"]\n']


def test_the_rest_of_the_file_stays() -> None:
    """A fix changes the bytes of its cell alone, in the file's own indentation."""
    document = book(code(f'import os\nx = "{T}"\n'), {"cell_type": "markdown", "metadata": {}, "source": ["# é 🙂"]})
    made = fixed(plan, document, finding_at(document, T))
    assert made == document.data.decode().replace(f'\\"{T}\\"', 'os.environ[\\"HF_TOKEN\\"]')


def test_markdown_is_redacted() -> None:
    """E-7: prose keeps the name."""
    document = book({"cell_type": "markdown", "metadata": {}, "source": [f"my token is {T}\n"]})
    fix = plan(finding_at(document, T), document, project()).fixes[0]
    assert sources(applied(document, fix)) == ["my token is <HF_TOKEN>\n"]
    assert fix.declares == ()


def test_outputs_are_redacted_or_cleared() -> None:
    """E-5: an output loses the value; clearing all outputs of the cell is a second action."""
    shown = {"name": "stdout", "output_type": "stream", "text": [f"env: HF_TOKEN={T}\n"]}
    document = book(code("x = 1\n", outputs=[shown]))
    finding = finding_at(document, T)
    assert finding.site == sites.CellOutput()
    redacted, cleared = plan(finding, document, project()).fixes
    assert redacted.preferred
    assert json.loads(applied(document, redacted))["cells"][0]["outputs"][0]["text"] == ["env: HF_TOKEN=<HF_TOKEN>\n"]
    assert json.loads(applied(document, cleared))["cells"][0]["outputs"] == []


@pytest.mark.parametrize(
    ("source", "site"),
    [
        ('login(token="§")', sites.KeywordArgument("token", "login")),
        ("%env X=§", sites.EnvAssignment("X")),
        ("!hf auth login --token §", sites.ShellArgument("--token", "hf")),
        ("# §", sites.Comment()),
        ("%%bash\nexport X=§", sites.ShellAssignment("X")),
    ],
)
def test_sites(source: str, site: sites.Site) -> None:
    """A place in a cell has the name that its language gives it."""
    document = book(code(source.replace("§", T)))
    found = finding_at(document, T).site
    assert type(found) is type(site)
    assert found.name is None or site.name is None or found.name.strip("-") == site.name.strip("-")


def test_a_magic_that_reads_no_environment_is_withheld() -> None:
    """Where a magic expands nothing, the plan says what to do."""
    document = book(code(f"%config X.token = '{T}'"))
    assert "os.environ" in plan(finding_at(document, T), document, project()).withheld


def test_env_uses() -> None:
    """Reads and writes of all cells are found where they stand in the file."""
    document = book(code('import os\nos.environ["A"]\n%env B=1\n'), code("os.environ['C'] = 'é'\n"))
    uses = languages.env_uses(document)
    assert [(use.name, document.text(use.span)) for use in uses.reads] == [("A", "A")]
    assert [(use.name, document.text(use.span)) for use in uses.writes] == [("B", "B"), ("C", "C")]


def test_comments() -> None:
    """Comments are those of the cells, not the magics."""
    document = book(code("%time\nx = 1  # one\n!ls # two\n"))
    assert [document.text(span) for span in languages.comments(document)] == ["# one"]


@given(st.lists(st.text(max_size=20), max_size=4), st.booleans(), st.booleans())
def test_sources_are_decoded_with_their_places(lines: list[str], joined: bool, escaped: bool) -> None:
    """Every character of a source is found in the file, escaped or not."""
    text = [line.encode("utf-8", "ignore").decode() for line in lines]
    source: Any = "".join(text) if joined else text
    raw = json.dumps({"cells": [{"cell_type": "code", "source": source}]}, ensure_ascii=escaped)
    document = document_of(raw, "a.ipynb", "notebook")
    decoded = "".join(text).encode()
    found = notebook.cells(document)
    assert [cell.document.data for cell in found] == ([decoded] if decoded else [])
    for cell in found:
        for at, place in enumerate(cell.raw[:-1]):
            same = document.data[place] == decoded[at] or document.data[place : place + 1] == b"\\"
            assert same


@given(st.binary(max_size=200))
def test_any_bytes_have_a_site(data: bytes) -> None:
    """A file that is no notebook, or half of one, still has sites."""
    document = Document(b'{"cells": [' + data + T.encode(), "a.ipynb", "notebook")
    start = document.data.rindex(T.encode())
    assert isinstance(languages.site(document, Span(start, start + len(T))), sites.Site)
    assert isinstance(languages.comments(document), tuple)
