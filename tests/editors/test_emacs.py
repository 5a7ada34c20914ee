"""The configuration for Emacs in a real Emacs with eglot, without a screen; `emacs.el` is what happens inside."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.editors import kit
from tests.editors.code import UNSPILL

if TYPE_CHECKING:
    from tests.spaces import Built

pytestmark = pytest.mark.editors

HERE = Path(__file__).parent
CONFIGURATION = kit.ROOT / "editors" / "emacs" / "unspill.el"


def emacs(space: Built, steps: str) -> str:
    """What the function `steps` of `emacs.el` prints, run on a Space."""
    home = space.root.parent / "home"
    home.mkdir()
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(kit.CACHE / "xdg"),
        "PATH": f"{UNSPILL.parent}{os.pathsep}{os.environ['PATH']}",
        "UNSPILL_ROOT": str(space.root),
        "UNSPILL_EL": str(CONFIGURATION),
        "UNSPILL_STEPS": steps,
    }
    done = subprocess.run(
        [kit.emacs(), "--batch", "-l", str(HERE / "emacs.el")],
        env=environment, capture_output=True, text=True, timeout=90, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    shown = json.loads(emacs(space, "diagnostics").strip().splitlines()[-1])
    assert sorted(one["line"] for one in shown) == sorted(row["start"]["line"] for row in report["findings"])
    assert {one["value"] for one in shown} <= set(space.values.values())
    assert not any(value in one["text"] for one in shown for value in space.values.values())


def test_a_code_action_edits_every_file(space: Built) -> None:
    """One code action changes code, `.env.example` and `.gitignore`, though this client cannot create files."""
    emacs(space, "fix")
    assert 'HF_TOKEN = os.environ["HF_TOKEN"]\n' in (space.root / "app.py").read_text()
    assert (space.root / ".env.example").read_text() == "HF_TOKEN=\n"
    assert (space.root / ".gitignore").read_text().endswith("flagged/\n.env\n")
    assert f"HF_TOKEN={space.values['HF_READ']}\n" in (space.root / ".env").read_text()


def test_all_of_a_buffer_is_fixed_at_once(space: Built) -> None:
    """`unspill-fix-buffer` leaves no value in the file."""
    emacs(space, "fix-buffer")
    source = (space.root / "chat" / "client.py").read_text()
    assert not any(value in source for value in space.values.values())
