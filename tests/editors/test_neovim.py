"""The configuration for Neovim in a real Neovim, without a screen; `neovim.lua` is what happens inside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.editors import kit, recording
from tests.editors.kit import UNSPILL
from tests.lsp import harness
from tests.samples import sample
from tests.spaces import PATTERNS, Built

pytestmark = pytest.mark.editors

HERE = Path(__file__).parent


def neovim(root: Path, steps: str) -> dict[str, Any]:
    """What the function `steps` of `neovim.lua` gives, run on a folder; Neovim and the server have ended cleanly."""
    folders = {f"XDG_{name}_HOME": str(root.parent / "xdg" / name) for name in ("CONFIG", "DATA", "STATE")}
    token = sample(PATTERNS["HF_READ"], Random("typed"))
    environment = {
        **os.environ,
        **folders,
        "PATH": f"{UNSPILL.parent}{os.pathsep}{os.environ['PATH']}",
        "UNSPILL_ROOT": str(root),
        "UNSPILL_EDITORS_NVIM": str(kit.ROOT / "editors" / "nvim"),
        "UNSPILL_STEPS": steps,
        "UNSPILL_TOKEN": token,
        "UNSPILL_RECORDING": str(root.parent / "recording.json"),
    }
    command = [kit.neovim(), "--headless", "--clean", "-S", str(HERE / "neovim.lua")]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def test_diagnostics_are_those_of_check_and_come_once(space: Built) -> None:
    """Neovim shows what `unspill check` reports of the file, to the character, each once."""
    done = subprocess.run(
        [str(UNSPILL), "check", "--format", "json", "app.py"], cwd=space.root, capture_output=True, text=True
    )
    expected = sorted((row["start"]["line"], row["rule"]) for row in json.loads(done.stdout)["findings"])
    result = neovim(space.root, "diagnostics")
    assert sorted((place["line"], place["rule"]) for place in result["places"]) == expected
    assert {place["value"] for place in result["places"]} <= set(space.values.values())
    assert not any(value in place["message"] for place in result["places"] for value in space.values.values())
    assert result["encoding"] == "utf-8"


def test_the_tests_of_the_server_know_this_neovim(space: Built) -> None:
    """What the profile of the server's own tests says of edits and diagnostics, this Neovim says too."""
    recorded, said = harness.capabilities("neovim"), neovim(space.root, "diagnostics")["capabilities"]
    assert said["workspace"]["workspaceEdit"] == recorded["workspace"]["workspaceEdit"]
    assert said["general"]["positionEncodings"] == recorded["general"]["positionEncodings"]
    assert ("diagnostic" in said["textDocument"]) == ("diagnostic" in recorded["textDocument"])


def test_the_preferred_action_edits_every_file(space: Built) -> None:
    """One code action changes code, `.env.example` and `.gitignore`, and stores the value in `.env`."""
    neovim(space.root, "fix")
    assert 'HF_TOKEN = os.environ["HF_TOKEN"]\n' in (space.root / "app.py").read_text()
    assert (space.root / ".env.example").read_text() == "HF_TOKEN=\n"
    assert (space.root / ".gitignore").read_text().endswith("flagged/\n.env\n")
    assert f"HF_TOKEN={space.values['HF_READ']}\n" in (space.root / ".env").read_text()


def test_all_of_a_file_is_fixed_at_once(space: Built) -> None:
    """`source.fixAll.unspill` leaves no value in the file."""
    neovim(space.root, "fix_all")
    source = (space.root / "chat" / "client.py").read_text()
    assert not any(value in source for value in space.values.values())


def test_the_whole_workspace_is_fixed_after_a_question(space: Built) -> None:
    """`:LspUnspillFixWorkspace` asks, and leaves nothing for `unspill check` to find."""
    asked = neovim(space.root, "fix_workspace")["asked"]
    assert "files change" in asked
    done = subprocess.run([str(UNSPILL), "check", str(space.root)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout


def test_a_token_is_found_while_it_is_typed_and_leaves_nothing_behind(space: Built) -> None:
    """Typed a character at a time it is one finding more; once its text and its buffer are gone there is none."""
    assert neovim(space.root, "typing")["left"] == 0


def test_ten_minutes_of_typing_end_where_a_fresh_check_does(tmp_path: Path) -> None:
    """After the recorded edits the diagnostics are those of `check`, and none is left of what was closed or renamed."""
    typed = recording.record(1)
    root = typed.start(tmp_path)
    found = neovim(root, "replay")["found"]
    assert sorted(map(tuple, found)) == typed.check(root)


def test_a_hover_explains_and_does_not_show_the_value(space: Built) -> None:
    """`K` on a token says what it opens and where to revoke it."""
    hover = neovim(space.root, "hover")["hover"]
    assert "Hugging Face user access token" in hover
    assert "Revoke it" in hover
    assert not any(value in hover for value in space.values.values())


def test_a_name_is_renamed_in_every_file(space: Built, named: dict[str, str]) -> None:
    """`grn` on a name changes code, `.env.example`, `.env`, the image and the compose file, and no value."""
    neovim(space.root, "rename")
    assert {*named} >= {"app.py", ".env", ".env.example", "Dockerfile", "docker-compose.yml"}
    for name, text in named.items():
        assert (space.root / name).read_text("utf-8") == text.replace("GROQ_API_KEY", "LLM_KEY")


def test_names_are_listed_and_one_is_declared(space: Built) -> None:
    """The quickfix list has every name with its state and a place; a chosen one goes into `.env.example`."""
    result = neovim(space.root, "secrets")
    listed = {text: (file, line) for text, file, line in result["listed"]}
    assert listed["GROQ_API_KEY (none, not declared)"] == ("app.py", 31)
    assert "LOG_LEVEL (stored, not declared)" in listed
    assert result["offered"] == ["GROQ_API_KEY", "LOG_LEVEL", "OPENAI_API_KEY"]
    assert (space.root / ".env.example").read_text() == "LOG_LEVEL=\n"


def test_values_in_env_files_are_masked_from_the_first_frame(space: Built) -> None:
    """No character of a value is drawn, also of one that is commented out, until `:UnspillMask`."""
    (space.root / ".env").write_text("# local\nONE='first value'\nexport TWO=second # why\n#OLD=third\nEMPTY=\n")
    result = neovim(space.root, "mask")
    assert result["masked"][:5] == ["# local", "ONE=•", "export TWO=•", "#OLD=•", "EMPTY="]
    assert result["shown"][1] == "ONE='first value'"


def test_a_declared_name_is_completed_and_explained(app: Path) -> None:
    """In the quotes of `os.environ[""]` declared names are offered; `K` says where a name is declared and read."""
    result = neovim(app, "names")
    assert result["offered"]["OPENAI_API_KEY"] == "secret, declared"
    assert ".env.example:3" in result["hover"]
    assert "app.py:8" in result["hover"]


def test_an_undeclared_name_is_declared_by_its_fix(app: Path) -> None:
    """It is a warning, which goes once the code action has written the name to the template."""
    shown = neovim(app, "declare")
    assert shown["severity"] == 2
    assert "MODEL_TOKEN is read without a default" in shown["message"]
    assert "MODEL_TOKEN=\n" in (app / ".env.example").read_text()


def test_the_way_of_a_secret_that_leaks_is_related(app: Path) -> None:
    """The finding has the places that lead to it, from the module that reads the secret on."""
    assert neovim(app, "path")["related"] == [
        ["config.py", 3, "OPENAI_API_KEY is read here"],
        ["config.py", 3, "assigned to `API_KEY`"],
        ["app.py", 16, "passed to `greeting` as `key`"],
    ]


def test_the_front_matter_is_completed(app: Path) -> None:
    """Behind `sdk:` the kinds of Space that exist are offered."""
    assert {*neovim(app, "front_matter")["offered"]} == {"docker", "gradio", "static"}
