"""Which names of an app are undeclared, unset or unused, and which are none of these: in doubt, nothing is claimed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from unspill.contract.kinds import NameKind
from unspill.contract.names import AppName, NameState, Surroundings, ValueSource, entries
from unspill.languages import language_of

from tests.cli import git, unspill, write
from tests.helpers import document_of

if TYPE_CHECKING:
    from pathlib import Path

APP = "import os\nos.environ['A_KEY']\n"


def names(files: dict[str, str], **around: object) -> dict[str, AppName]:
    """What is known of the names of an app with these files."""
    documents = [(path, document_of(text, path, language_of(path).id)) for path, text in files.items()]
    known = Surroundings(**{"in_space": False, **around})  # type: ignore[arg-type]
    return {one.name: one for one in entries(documents, known)}


def state(files: dict[str, str], name: str = "A_KEY", **around: object) -> NameState:
    """The state of a name."""
    return names(files, **around)[name].state


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.py": APP}, NameState.UNDECLARED),
        ({"app.py": APP, ".env": "A_KEY=x\n"}, NameState.UNDECLARED),
        ({"app.py": APP, ".env.example": "A_KEY=\n"}, NameState.UNSET),
        ({"app.py": APP, "env.sample": "A_KEY=\n"}, NameState.UNSET),
        ({"app.py": "x = 1\n", ".env.example": "A_KEY=\n"}, NameState.UNUSED),
        ({"app.py": "import os\nos.getenv('A_KEY', '')\n"}, NameState.OK),
        ({"app.py": "import os\nos.getenv('A_KEY', '')\n", ".env.example": "A_KEY=\n"}, NameState.OK),
        ({"app.py": "import os\nif not os.getenv('A_KEY'): pass\nos.environ['A_KEY']\n"}, NameState.OK),
        ({"app.py": f"{APP}os.environ['A_KEY'] = 'x'\n"}, NameState.OK),
        ({"app.py": f"{APP}os.environ['A_KEY'] = input()\n"}, NameState.UNDECLARED),
        ({"app.py": APP, ".env.staging": "A_KEY=x\n"}, NameState.UNDECLARED),
        ({"tests/test_app.py": APP, "examples/a.py": APP, "src/app_test.py": APP}, NameState.OK),
        ({"run.sh": "curl $A_KEY\n"}, NameState.OK),
        ({"run.sh": "curl ${A_KEY:?}\n"}, NameState.UNDECLARED),
        ({"app.py": "import os\nos.environ['B_KEY'] or os.environ['A_KEY']\n", ".env.dist": "B_KEY=\n"}, NameState.OK),
        ({"a.py": APP, "compose.yml": "services:\n  a:\n    environment:\n      - A_KEY\n"}, NameState.OK),
        ({"a.py": APP, ".github/workflows/a.yml": "env:\n  A_KEY: ${{ secrets.A_KEY }}\n"}, NameState.OK),
    ],
)  # fmt: skip
def test_the_state_of_a_secret(files: dict[str, str], expected: NameState) -> None:
    """Undeclared: needed and in no template. Unset: declared, needed, without a value. Unused: declared only."""
    assert state(files) is expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"app.py": "import os\nos.getenv(f'{x}_KEY')\n"}, NameState.OK),
        ({"app.py": "import os\nos.getenv(f'{x}_TOKEN')\n"}, NameState.UNUSED),
        ({"app.go": 'os.Getenv("A_KEY")\n'}, NameState.OK),
        ({"config.yaml": "key: a_key\n"}, NameState.OK),
        ({"README.md": "Set A_KEY.\n"}, NameState.UNUSED),
        ({"requirements.txt": "a-client\n"}, NameState.OK),
        ({"requirements.txt": "langchain\n"}, NameState.OK),
        ({"requirements.txt": "tomli\n"}, NameState.UNUSED),
        ({"compose.yml": "services:\n  x:\n    image: y\n    env_file: .env\n"}, NameState.OK),
        ({"compose.yml": "services:\n  x:\n    build: .\n    env_file: .env\n"}, NameState.UNUSED),
    ],
)
def test_what_may_be_read_is_not_called_unused(other: dict[str, str], expected: NameState) -> None:
    """A name made at run time, a language that is not parsed, a dependency, somebody else's image: all may read it."""
    assert state({".env.example": "A_KEY=\n", **other}) is expected


def test_configuration_is_never_unused_and_needed_only_by_an_error() -> None:
    """Libraries read settings that no code mentions; `os.getenv` yields None where there is none."""
    files = {"app.py": "import os\nos.environ['MODE']; os.getenv('LEVEL')\n", ".env.example": "UVICORN_WS=\n"}
    assert [(one.name, one.state) for one in names(files).values()] == [
        ("MODE", NameState.UNDECLARED),
        ("LEVEL", NameState.OK),
        ("UVICORN_WS", NameState.OK),
    ]


@pytest.mark.parametrize(
    ("call", "module"),
    [
        ("from lib.env import secret\nsecret('A_KEY')", "python"),
        ("import { secret } from './env'; secret('A_KEY')", "js"),
    ],
)
def test_functions_of_other_modules_read_names(call: str, module: str) -> None:
    """What a helper is given by those that import it, it reads; its own parameter is no reason to doubt."""
    files = {
        "python": {"lib/env.py": "import os\ndef secret(name): return os.environ[name]\n", "app.py": call},
        "js": {"lib/env.ts": "export function secret(name: string) { return process.env[name] }", "app.ts": call},
    }[module]
    found = names(files)["A_KEY"]
    assert [place.source for place in found.read] == [next(path for path in files if path.startswith("app"))]
    assert found.state is NameState.UNDECLARED


def test_a_template_elsewhere_and_what_a_space_sets_count() -> None:
    """What is around an app declares for it; OAuth's names are set where the front matter asks for them."""
    assert state({"app.py": APP}, declared={"A_KEY"}) is NameState.UNSET
    oauth = {"app.py": "import os\nos.environ['OAUTH_CLIENT_SECRET']\n"}
    assert names(oauth, in_space=True)["OAUTH_CLIENT_SECRET"].origin is ValueSource.BUILT_IN
    without = names(oauth, in_space=True, has_oauth=False)["OAUTH_CLIENT_SECRET"]
    assert (without.kind, without.origin) == (NameKind.SECRET, ValueSource.NONE)


def test_a_space_has_neither_compose_nor_workflows() -> None:
    """What these pass on is not there, but what an image mounts is."""
    compose = {"app.py": APP, "compose.yml": "services:\n  a:\n    environment:\n      - A_KEY\n"}
    mount = {"app.py": APP, "Dockerfile": "FROM x\nRUN --mount=type=secret,id=A_KEY true\n"}
    assert state(compose, in_space=True) is NameState.UNDECLARED
    assert state(mount, in_space=True) is NameState.OK


def test_a_value_in_the_template_that_no_secret_looks_like_makes_it_configuration() -> None:
    """`FORWARD_TOKEN=true` is a switch."""
    assert names({".env.example": "PASS_TOKEN=true\nB_TOKEN=x\n"})["PASS_TOKEN"].kind is NameKind.CONFIGURATION


def test_a_dotenv_file_that_git_tracks_declares(tmp_path: Path) -> None:
    """It has defaults for everybody, and no secret."""
    write(tmp_path / "a", {"app.py": APP, ".env": "A_KEY=\n"})
    git(tmp_path / "a", "init", "-q")
    assert unspill(tmp_path / "a", "secrets", "--check").code == 1
    git(tmp_path / "a", "add", "-f", ".env")
    assert unspill(tmp_path / "a", "secrets", "--check").code == 0


def test_the_parts_of_an_app_share_their_templates(tmp_path: Path) -> None:
    """Folders with a Dockerfile or a pyproject.toml of their own are parts of one app, unless they are Spaces."""
    files = {"api/Dockerfile": "FROM x\n", "api/app.py": APP, "web/pyproject.toml": "", ".env.example": "A_KEY=\n"}
    write(tmp_path / "a", {**files, "space/README.md": "---\nsdk: gradio\n---\n", "space/app.py": APP, ".git/HEAD": ""})
    out = unspill(tmp_path / "a", "secrets").out
    assert [line.split()[:2] for line in out.splitlines() if line.startswith("A_KEY")] == [
        ["A_KEY", "unset"],
        ["A_KEY", "undeclared"],
    ]
