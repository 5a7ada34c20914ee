"""`--format json`: every command that reports has it, with a schema that describes all of it, and no value is in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from referencing import Registry, Resource
from unspill.cli.main import COMMANDS

from tests.cli import ROOT, Ran, git, unspill, write
from tests.helpers import token

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "server" / "unspill" / "schemas"
SCHEMAS: dict[str, Any] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.iterdir()}
del SCHEMAS["frontmatter"]  # of a file that people write, and no report
LINES = {
    "check": [["check"], ["check", "--history"]],
    "fix": [["fix", "--diff"], ["fix"], ["fix"], ["fix", "--unsafe"]],
    "baseline": [["baseline"], ["baseline", "--update"], ["baseline", "--import", ".gitleaksignore"]],
    "init": [["init", "--diff"], ["init", "--baseline", "--ci", "gitlab"], ["init"]],
    "secrets": [["secrets"], ["secrets", "app.py"], ["secrets", "--all", "--check"], ["secrets", "init"]],
    "rules": [["rules"], ["rules", "huggingface-user-token"], ["rules", "--search", "no such thing"]],
    "doctor": [["doctor"]],
    "rotate": [["rotate"], ["rotate", "--since", "2020-01-01"], ["rotate", "--abuse"]],
    "run": [["run", "true", "python", "app.py"], ["run", "--env-file", ".gitignore", "true"]],
}


def strict(schema: Any) -> Any:
    """The schema with no room for what it does not describe."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: strict(value) for key, value in schema.items()}
    has_fields = isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema
    return {**inner, "additionalProperties": False} if has_fields else inner


REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(strict(schema))) for schema in SCHEMAS.values()
)


def checked(command: str, ran: Ran) -> dict[str, Any]:
    """The JSON of a run, which its schema describes to the last field, in ASCII."""
    assert ran.code in (0, 1, 3), ran.err
    assert ran.out.isascii()
    jsonschema.Draft202012Validator(strict(SCHEMAS[command]), registry=REGISTRY).validate(ran.report)
    return ran.report


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Space in a repository, with findings that can be fixed, some that cannot, and files of other tools."""
    folder = tmp_path / "r"
    write(
        folder,
        {
            "README.md": "---\nsdk: gradio\n---\n",
            "app.py": f'from dotenv import load_dotenv\nload_dotenv()\nx = "{token(1)}"\nlogin(os.environ["OTHER"])\n',
            "é.json": f'{{"token": "{token(2)}"}}\n',
            ".gitleaksignore": f"{'a' * 40}:app.py:generic-api-key:3\n",
            ".gitignore": ".env\n",
            ".env": f"OTHER={token(3)}\n",
        },
    )
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    return folder


def test_every_command_that_reports_has_a_schema() -> None:
    """One file per command, each a schema of its own version; a server and a script are no reports."""
    assert set(SCHEMAS) == set(LINES) == set(COMMANDS) - {"server", "completions"}
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["properties"]["version"] == {"const": 1}


@pytest.mark.slow
@pytest.mark.parametrize("command", LINES)
def test_what_is_printed_is_as_published(project: Path, command: str) -> None:
    """Each run prints one JSON value, which the schema describes to the last field, and which holds no value."""
    for line in LINES[command]:
        ran = unspill(project, line[0], "--format", "json", *line[1:])
        checked(command, Ran(ran.code, ran.err, ran.out) if command == "run" else ran)
        assert not [seed for seed in (1, 2, 3) if token(seed)[3:11] in ran.out + ran.err]


def test_a_fix_as_json(project: Path) -> None:
    """What was moved, what is next, how to undo it and what is left are the same as in the text."""
    would = checked("fix", unspill(project, "fix", "--diff", "--format", "json"))
    assert (would["dry_run"], would["undo"]) == (True, {"commands": [], "manually": []})
    done = checked("fix", unspill(project, "fix", "--format", "json"))
    assert [(one["path"], one["line"], one["stored"]) for one in done["moved"]] == [("app.py", 3, ["HF_TOKEN"])]
    assert would["moved"] == done["moved"]
    assert set(done["changed"]) == set(would["changed"]) >= {"app.py", ".env"}
    assert done["undo"] == {"commands": ["git restore app.py"], "manually": []}
    assert [one["path"] for one in done["left"]["findings"]] == ["é.json"]


def test_a_baseline_as_json(project: Path) -> None:
    """The counts are those of the file."""
    made = checked("baseline", unspill(project, "baseline", "--format", "json"))
    assert (made["known"], made["files"], made["added"]) == (2, 2, 2)
    found = checked("baseline", unspill(project, "baseline", "--import", ".gitleaksignore", "--format", "json"))
    assert found["imported"] == [{"path": ".gitleaksignore", "entries": 1, "unmatched": 1, "excludes": []}]


def test_a_set_up_as_json(project: Path) -> None:
    """What would be done is told by path, and done by the next run."""
    would = checked("init", unspill(project, "init", "--diff", "--format", "json"))
    assert [step["path"] for step in would["steps"] if step["changes"]] == ["unspill.toml", ".pre-commit-config.yaml"]
    done = checked("init", unspill(project, "init", "--baseline", "--format", "json"))
    assert [step["changes"] for step in done["steps"]] == [step["changes"] for step in would["steps"]]
    assert done["baseline"] == {"found": False, "added": 2}
