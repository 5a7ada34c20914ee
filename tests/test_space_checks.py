"""What the checks say of small Spaces as people write them, by the command line and by the editor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli import git, unspill
from tests.lsp.harness import Editor
from tests.spaces import build

GOLDEN = Path(__file__).parent / "golden" / "checks"
SPACES = {
    "chatbot": "Gradio, with a package, a compose file and a notebook",
    "captioner": "a model behind Gradio",
    "stages": "Docker with stages, build arguments and a mount",
    "layers": "Docker with mounts that are not read, and layers that keep a secret",
    "static": "a static page, and what builds it",
    "streamlit": "Streamlit on Docker",
    "monorepo": "two Spaces and a package of helpers",
    "oauth": "a sign-in",
    "webapp": "Next.js, a Python API and compose",
    "relay": "a relay in Docker",
    "broken": "code and front matter that do not parse",
    "published": "front matter with mistakes, public names, an upload and a workflow",
}
CHECKS = ("space-", "secret-", "unmounted-", "static-", "public-", "dotenv-in-", "dotenv-up", "dotenv-un")


@pytest.mark.slow
@pytest.mark.parametrize("name", SPACES, ids=SPACES)
def test_the_checks_on_a_space(name: str, tmp_path: Path) -> None:
    """All is as the golden file has it (UNSPILL_GOLDEN=write rewrites them), and the editor shows the same."""
    built = build(name, tmp_path / "space")
    git(built.root, "init", "-q")
    report = unspill(built.root, "check", "--format", "json").report
    found = [one for one in report["findings"] if one["rule"].startswith(CHECKS)]
    lines = [f"{one['path']}:{one['start']['line']}: {one['rule']}: {one['message']}\n" for one in found]
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("UNSPILL_GOLDEN") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text("".join(lines), encoding="utf-8")
    assert "".join(lines) == golden.read_text(encoding="utf-8")
    shown: list[str] = []
    with Editor(built.root) as editor:
        for path in sorted({one["path"] for one in found}):
            uri = (built.root / path).as_uri()
            editor.open(uri, (built.root / path).read_text("utf-8"), "plaintext")
            ours = [one for one in editor.diagnostics(uri) if one["code"].startswith(CHECKS)]
            shown += [f"{path}:{one['range']['start']['line'] + 1}: {one['code']}: {one['message']}\n" for one in ours]
    assert shown == lines
