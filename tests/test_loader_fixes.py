"""Configuration files that expand nothing: the value is set where the file is loaded, if that can be told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from unspill import fixes
from unspill.languages import language_of
from unspill.model import Plan, Safety

from tests.cli import unspill, write
from tests.helpers import MemoryTree, document_of, finding_at, project, token

if TYPE_CHECKING:
    from pathlib import Path

T = token(1)
SHOW = "\nimport sys\nsys.stdout.write(str(cfg))\n"
PROGRAMS = {
    "one call": 'import json\ncfg = json.load(open("config.json"))' + SHOW,
    "with": 'import json\nwith open("config.json") as f:\n    cfg = json.load(f)' + SHOW,
    "with and read": "import json\nwith open('config.json') as f:\n\tcfg = json.loads(f.read())" + SHOW,
    "in a function": 'import json\ndef f():\n    cfg = json.load(open("config.json"))  \n    return cfg\ncfg = f()'
    + SHOW,
    "a path": 'import json, os\ncfg = json.load(open(os.path.join(".", "config.json")))' + SHOW,
    "another line end": 'import json\r\ncfg = json.load(open("./config.json"))' + SHOW.replace("\n", "\r\n"),
}
CONFIG = {"a": 1, "hub": {"token": T, "b": [2]}}


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_the_program_has_what_it_had(program: str, tmp_path: Path) -> None:
    """Asked for, the value moves out of the file, and the program that loads it works with the same data as before."""
    app = tmp_path / "app"
    write(app, {"app.py": program, "config.json": json.dumps(CONFIG)})
    before = run(app)
    assert unspill(app, "fix").code == 1
    assert T in (app / "config.json").read_text()
    assert unspill(app, "fix", "--unsafe").code == 0
    assert json.loads((app / "config.json").read_text()) == {"a": 1, "hub": {"token": "", "b": [2]}}
    assert run(app, HF_TOKEN=T) == before
    assert T in before
    assert T not in (app / "app.py").read_text()


def run(folder: Path, **environment: str) -> str:
    """What the program prints."""
    ran = subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


def planned(path: str, source: str, **programs: str) -> Plan:
    """The plan for the value in a configuration file of a Space with these programs."""
    tree = MemoryTree({f"{name}.py": text.encode() for name, text in programs.items()})
    document = document_of(source.replace("§", T), path, language_of(path).id)
    return fixes.plan(finding_at(document, T), document, project(tree))


@pytest.mark.parametrize(
    ("path", "source", "program", "added"),
    [
        ("a.yaml", "x:\n  t: §  # c\n", 'c = yaml.safe_load(open("a.yaml"))\n', 'c["x"]["t"] = '),
        ("a.yml", "t: '§'\n", "c = yaml.load(open('a.yml'), Loader=L)\n", "c['t'] = "),
        ("conf/a.toml", '[x]\nt = "§"\n', 'c = toml.load("conf/a.toml")\n', 'c["x"]["t"] = '),
        ("a.toml", 't = "§"\n', 'with open("a.toml", "rb") as f:\n    c = tomllib.load(f)\n', '    c["t"] = '),
    ],
)
def test_formats(path: str, source: str, program: str, added: str) -> None:
    """Each format is loaded in ways of its own; the fix is one that has to be asked for."""
    made = planned(path, source, app=f"import os, toml, tomllib, yaml\n{program}")
    (fix,) = made.fixes
    assert (fix.safety, made.safe) == (Safety.UNSAFE, None)
    texts = [edit.text for edit in fix.edits if edit.path == "app.py"]
    assert len(texts) == 1
    assert texts[0].startswith("\n" + added + "os.environ[")


@pytest.mark.parametrize(
    "programs",
    [
        {},
        {"a": 'c = json.load(open("b.json"))\n'},
        {"a": 'c = json.load(open("config.json"))\n', "b": 'd = json.load(open("config.json"))\n'},
        {"a": 'c = f(json.load(open("config.json")))\n'},
        {"a": 'c.d = json.load(open("config.json"))\n'},
        {"a": 'c = json.load(open("config.json")); d = c["t"]\n'},
        {"a": 'c = open("config.json").read()\n'},
        {"a": 'with open("config.json") as f:\n    c = json.load(g)\n'},
        {"a": 'class os: pass\nenviron = 1\nc = json.load(open("config.json"))\n'},
    ],
)
def test_where_it_cannot_be_told(programs: dict[str, str]) -> None:
    """No program, several, or one that does something else with the file: the reason explains the manual fix."""
    made = planned("config.json", '{"t": "§"}', **{name: f"import json\n{text}" for name, text in programs.items()})
    assert made.fixes == ()
    assert "where the file is loaded" in made.withheld


@pytest.mark.parametrize("source", ['{"t": ["§"]}', '{"t": "a §"}', '{"a\\u0041": "§"}'])
def test_what_is_no_value_of_keys(source: str) -> None:
    """An item of a list, a part of a value and a key with escapes are left to people."""
    made = planned("config.json", source, app='import json\nc = json.load(open("config.json"))\n')
    assert made.fixes == ()
