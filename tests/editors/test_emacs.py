"""The configuration for Emacs in a real Emacs with eglot, without a screen; `emacs.el` is what happens inside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.editors import kit, recording
from tests.editors.kit import UNSPILL

if TYPE_CHECKING:
    from tests.spaces import Built

pytestmark = pytest.mark.editors

HERE = Path(__file__).parent
CONFIGURATION = kit.ROOT / "editors" / "emacs" / "unspill.el"


def emacs(root: Path, steps: str) -> Any:
    """What the function `steps` of `emacs.el` says last, run on a folder; Emacs and the server have ended cleanly."""
    home = root.parent / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(kit.CACHE / "xdg"),
        "PATH": f"{UNSPILL.parent}{os.pathsep}{os.environ['PATH']}",
        "UNSPILL_ROOT": str(root),
        "UNSPILL_RECORDING": str(root.parent / "recording.json"),
        "UNSPILL_EL": str(CONFIGURATION),
        "UNSPILL_STEPS": steps,
    }
    done = subprocess.run(
        [kit.emacs(), "--batch", "-l", str(HERE / "emacs.el")],
        env=environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None


def test_the_file_compiles_without_a_warning(tmp_path: Path) -> None:
    """Emacs has nothing to say about `unspill.el`."""
    target = tmp_path / "unspill.el"
    target.write_text(CONFIGURATION.read_text("utf-8"))
    command = [kit.emacs(), "--batch", "--eval", "(setq byte-compile-error-on-warn t)", "-f", "batch-byte-compile"]
    done = subprocess.run([*command, str(target)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_diagnostics_are_those_of_check(space: Built) -> None:
    """Emacs shows what `unspill check` reports of the file, to the character, each once."""
    check = [str(UNSPILL), "check", "--format", "json", "app.py"]
    report = json.loads(subprocess.run(check, cwd=space.root, capture_output=True, text=True).stdout)
    shown = emacs(space.root, "diagnostics")
    assert sorted(one["line"] for one in shown) == sorted(row["start"]["line"] for row in report["findings"])
    assert {one["value"] for one in shown} <= set(space.values.values())
    assert not any(value in one["text"] for one in shown for value in space.values.values())


def test_a_code_action_edits_every_file(space: Built) -> None:
    """One code action changes code, `.env.example` and `.gitignore`, though this client cannot create files."""
    emacs(space.root, "fix")
    assert 'HF_TOKEN = os.environ["HF_TOKEN"]\n' in (space.root / "app.py").read_text()
    assert (space.root / ".env.example").read_text() == "HF_TOKEN=\n"
    assert (space.root / ".gitignore").read_text().endswith("flagged/\n.env\n")
    assert f"HF_TOKEN={space.values['HF_READ']}\n" in (space.root / ".env").read_text()


def test_all_of_a_buffer_is_fixed_at_once(space: Built) -> None:
    """`unspill-fix-buffer` leaves no value in the file."""
    emacs(space.root, "fix-buffer")
    source = (space.root / "chat" / "client.py").read_text()
    assert not any(value in source for value in space.values.values())


def test_ten_minutes_of_typing_end_where_a_fresh_check_does(tmp_path: Path) -> None:
    """After the recorded edits the diagnostics are those of `check`, and none is left of what was closed or renamed."""
    typed = recording.record(2)
    root = typed.start(tmp_path)
    found = emacs(root, "replay")
    assert sorted(map(tuple, found)) == [(file, line, value) for file, line, _, value in typed.check(root)]


def test_a_hover_explains_and_does_not_show_the_value(space: Built) -> None:
    """ElDoc says what a token opens and where to revoke it."""
    hover = emacs(space.root, "hover")
    assert "Hugging Face user access token" in hover
    assert "Revoke it" in hover
    assert not any(value in hover for value in space.values.values())


def test_a_name_is_renamed_in_every_file(space: Built, named: dict[str, str]) -> None:
    """`eglot-rename` on a name changes code, `.env.example`, `.env`, the image and the compose file, and no value."""
    emacs(space.root, "rename")
    assert {*named} >= {"app.py", ".env", ".env.example", "Dockerfile", "docker-compose.yml"}
    for name, text in named.items():
        assert (space.root / name).read_text("utf-8") == text.replace("GROQ_API_KEY", "LLM_KEY")


def test_names_are_offered_and_one_is_declared(space: Built) -> None:
    """`unspill-declare` offers what is not declared, and `unspill-secrets` goes to where a name is read."""
    assert emacs(space.root, "secrets") == [["GROQ_API_KEY", "LOG_LEVEL", "OPENAI_API_KEY"], "app.py", 31]
    assert (space.root / ".env.example").read_text() == "LOG_LEVEL=\n"
