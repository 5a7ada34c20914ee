"""The URL of a database is one secret wherever a program reads it; elsewhere its password is one."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill.app import fixing
from unspill.space import urls

from tests.cli import write
from tests.helpers import document_of, finding_at
from tests.proof.proving import env_values, quick, read, request
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = sample("[a-km-z2-9A-HJ-NP-Z]{22}", Random(13))
URL = f"postgresql://app:{PASSWORD}@db.example.org:5432/app?ssl=1"


def fixed(folder: Path, files: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The files after a fix, and the values in `.env`; `§` stands for the URL and `¶` for its password."""
    write(folder, {path: text.replace("§", URL).replace("¶", PASSWORD) for path, text in files.items()})
    with quick():
        fixing.fix(request(str(folder)))
    after = read(str(folder))
    stored = env_values(after.get(".env"))
    marks = {name: value.replace(URL, "§").replace(PASSWORD, "¶") for name, value in stored.items()}
    return {path: after[path].decode() for path in files}, marks


COMPOSE = "services:\n  a:\n    image: x\n    environment:\n      {}\n"
WHOLE = [
    ({"compose.yaml": COMPOSE.format("- DATABASE_URL=§"), "app.py": 'import os\nx = os.environ["DATABASE_URL"]\n'},
     "compose.yaml", COMPOSE.format("- DATABASE_URL=${DATABASE_URL:?set DATABASE_URL}")),
    ({"compose.yaml": COMPOSE.format('DATABASE_URL: "§"')},
     "compose.yaml", COMPOSE.format('DATABASE_URL: "${DATABASE_URL:?set DATABASE_URL}"')),
    ({"compose.yaml": COMPOSE.format("DATABASE_URL: §"), "app.py": 'x = "§"\n'},
     "app.py", 'import os\n\nx = os.environ["DATABASE_URL"]\n'),
    ({"README.md": "```\nexport DATABASE_URL=§\n```\n"}, "README.md", "```\nexport DATABASE_URL=<DATABASE_URL>\n```\n"),
    ({"README.md": "Connect to §.\n", "app.py": 'x = "§"\n'}, "README.md", "Connect to <DATABASE_URL>.\n"),
    ({"run.sh": "export DATABASE_URL=§\npython app.py\n"}, "run.sh", "python app.py\n"),
    ({"run.sh": "psql '§'\n", "app.py": 'x = "§"\n'}, "run.sh", 'psql "${DATABASE_URL:?}"\n'),
    ({"app.js": 'const url = "§";\nprocess.exit();\n'},
     "app.js", "const url = process.env.DATABASE_URL;\nprocess.exit();\n"),
    ({".github/workflows/x.yml": "jobs:\n  a:\n    env:\n      DATABASE_URL: §\n"},
     ".github/workflows/x.yml", "jobs:\n  a:\n    env:\n      DATABASE_URL: ${{ secrets.DATABASE_URL }}\n"),
    ({".env.example": "DATABASE_URL=§\n"}, ".env.example", "DATABASE_URL=\n"),
    ({"Dockerfile": "FROM x\nENV DATABASE_URL=§\n"}, "Dockerfile", "FROM x\n"),
    ({"Makefile": "DATABASE_URL = §\n"}, "Makefile", "DATABASE_URL ?= $(error set DATABASE_URL)\n"),
    ({"app.py": 'import os\nx = os.getenv("DATABASE_URL", "§")\n', "README.md": "`§`\n"},
     "README.md", "`<DATABASE_URL>`\n"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "path", "after"), WHOLE)
def test_a_url_that_a_program_reads_is_one_secret(tmp_path: Path, files: dict[str, str], path: str, after: str) -> None:
    """Wherever its place names it, or the project reads it, the whole URL moves, under one name."""
    texts, stored = fixed(tmp_path, files)
    assert texts[path] == after
    assert stored == {"DATABASE_URL": "§"}


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("README.md", "Connect to §.\n", URL.replace(PASSWORD, "<POSTGRES_PASSWORD>")),
        ("app.py", "# was §, once\nx = 1\n", URL.replace(PASSWORD, "<POSTGRES_PASSWORD>")),
        ("run.sh", "psql '§'\n", URL.replace(PASSWORD, "${POSTGRES_PASSWORD:?}")),
        ("app.py", 'x = f"postgresql://me:¶@{host}/x"\n', "{os.environ['POSTGRES_PASSWORD']}@{host}"),
    ],
)
def test_where_nothing_reads_the_url_the_password_is_the_secret(
    tmp_path: Path, path: str, before: str, after: str
) -> None:
    """The password alone moves, under a name that says password."""
    texts, stored = fixed(tmp_path, {path: before})
    assert after in texts[path]
    assert stored == {"POSTGRES_PASSWORD": "¶"}


@pytest.mark.parametrize("declared", ["DB_URL", "DATABASE_URI"])
def test_a_declared_name_of_a_url_is_never_a_passwords(tmp_path: Path, declared: str) -> None:
    """Names are alike only if both are of a URL, or both of a password."""
    files = {".env.example": f"{declared}=\n", "app.py": 'db_password = "¶"\n'}
    assert fixed(tmp_path, files)[1] == {"DB_PASSWORD": "¶"}


@pytest.mark.parametrize(
    ("scheme", "name"),
    [("mongodb+srv", "MONGODB_URL"), ("mysql+pymysql", "DATABASE_URL"), ("mqtt", "MQTT_URL"), ("git+https", None)],
)
def test_a_url_is_called_after_its_scheme(scheme: str, name: str | None) -> None:
    """What no rule names is called after the scheme, or as databases are; a URL of the web is no secret as a whole."""
    document = document_of(f'x = "{scheme}://me:{PASSWORD}@h.test/d"\n')
    found = urls.split(document, finding_at(document, PASSWORD, env=()))
    assert (found.whole.env[0] if found and found.whole else None) == name


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_url_holds_its_password(before: str, after: str) -> None:
    """Whatever surrounds it, the secret of a URL contains the password, and is what its span says."""
    document = document_of(f"{before}postgresql://me:{PASSWORD}@h/d{after}", "notes.txt", "prose")
    found = urls.split(document, finding_at(document, PASSWORD))
    if found is not None and found.whole is not None and found.whole.secret is not None:
        assert PASSWORD in found.whole.secret.reveal()
        assert document.text(found.whole.span) == found.whole.secret.reveal()
