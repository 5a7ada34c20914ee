"""The demo Space from end to end: checked, fixed, checked again, and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from tests.spaces import Built, build

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {
    "HF_TOKEN": "HF_READ",
    "STORAGE_HF_TOKEN": "HF_WRITE",
    "OPENAI_API_KEY": "OPENAI",
    "ANTHROPIC_API_KEY": "ANTHROPIC",
    "GROQ_API_KEY": "GROQ",
    "TAVILY_API_KEY": "TAVILY",
    "GITHUB_TOKEN": "GITHUB",
    "SLACK_WEBHOOK_URL": "SLACK",
}
"""The name that each made-up value of the Space gets."""


def unspill(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "unspill", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8"
    )


@pytest.fixture
def space(tmp_path: Path) -> Built:
    """The chatbot Space, in a git repository that tracks nothing yet."""
    built = build("chatbot", tmp_path / "chatbot")
    (built.root / ".git").mkdir()
    return built


def values_of(env: Path) -> dict[str, str]:
    """The entries of a dotenv file."""
    lines = env.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_every_secret_is_found_under_its_right_name(space: Built) -> None:
    """Check finds every planted value, to the character, as what it is, and says that a fix would move it."""
    every = json.loads(unspill(space.root, "check", "--format", "json").stdout)["findings"]
    assert [(one["path"], one["rule"]) for one in every if one["kind"] == "check"] == [
        ("Dockerfile", "dotenv-in-image")
    ]
    findings = [one for one in every if one["kind"] == "secret"]
    planted = found = 0
    for path in (path for path in space.root.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        planted += sum(text.count(value) for value in space.values.values())
        lines = text.split("\n")
        for finding in findings:
            if finding["path"] == path.relative_to(space.root).as_posix():
                line = lines[finding["start"]["line"] - 1]
                assert line[finding["start"]["column"] - 1 : finding["end"]["column"] - 1] in space.values.values()
                found += 1
    assert found == planted > 20
    assert {finding["secret_name"] for finding in findings} == set(SECRETS)
    assert all(finding["fixable"] for finding in every)


def test_no_output_holds_a_value(space: Built) -> None:
    """Neither text nor JSON nor the difference shows a single value, whatever the verbosity."""
    outputs = [
        unspill(space.root, *arguments)
        for arguments in (
            ["check", "-v", "--explain", "--confidence", "low"],
            ["check", "--format", "json", "--explain"],
            ["fix", "--diff", "-v"],
            ["fix", "-v"],
        )
    ]
    for output in outputs:
        assert not [name for name, value in space.values.items() if value in output.stdout + output.stderr]


def test_the_fix_leaves_the_space_clean(space: Built) -> None:
    """After one fix nothing is found any more, `.env` has the values, `.env.example` the names, git ignores `.env`."""
    assert unspill(space.root, "fix").returncode == 0
    again = unspill(space.root, "check")
    assert (again.returncode, again.stderr) == (0, "")
    env = values_of(space.root / ".env")
    assert {name: env[name] for name in SECRETS} == {name: space.values[marker] for name, marker in SECRETS.items()}
    assert set(SECRETS) == set(values_of(space.root / ".env.example"))
    assert ".env" in (space.root / ".gitignore").read_text(encoding="utf-8").splitlines()
    if os.name == "posix":
        assert (space.root / ".env").stat().st_mode & 0o777 == 0o600
    for path in (path for path in space.root.rglob("*") if path.is_file() and path.name != ".env"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name, value in space.values.items() if value in text], path


def test_a_second_fix_changes_nothing(space: Built) -> None:
    """Fixing is idempotent: the second run leaves every byte alone."""
    unspill(space.root, "fix")
    before = {path: path.read_bytes() for path in space.root.rglob("*") if path.is_file()}
    unspill(space.root, "fix")
    assert {path: path.read_bytes() for path in space.root.rglob("*") if path.is_file()} == before


class Recorder:
    """Stands in for a module or object of a library: takes every call, and keeps what it was called with."""

    def __init__(self, calls: list[tuple[str, Any]], name: str) -> None:
        self._calls, self._name = calls, name

    def __call__(self, *args: Any, **kwargs: Any) -> Recorder:
        """Keep the arguments."""
        self._calls.append((self._name, [*args, *kwargs.values()]))
        return self

    def __getattr__(self, name: str) -> Recorder:
        if name.startswith("__"):
            raise AttributeError(name)
        return Recorder(self._calls, f"{self._name}.{name}")


def run_app(root: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, dict[str, str]]:
    """Import the Space's app with its libraries recorded; gives what they were called with, and its environment."""
    calls: list[tuple[str, Any]] = []
    for name in ("gradio", "requests", "huggingface_hub", "openai"):
        module = types.ModuleType(name)
        module.__getattr__ = Recorder(calls, name).__getattr__  # type: ignore[method-assign]
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("chat", "chat.client", "chat.search", "chat.storage"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(root))
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    source = (root / "app.py").read_text(encoding="utf-8")
    namespace: dict[str, Any] = {"__name__": "app"}
    exec(compile(source, "app.py", "exec"), namespace)
    namespace["model_info"]()
    namespace["notify"]("x")
    with monkeypatch.context() as patch:
        patch.setattr(os, "system", Recorder(calls, "os.system"))
        namespace["download_papers"]()
    from chat import client, search  # type: ignore[import-not-found]

    values = [client.Assistant.fallback_key, search.GITHUB, namespace["search"].api_key, namespace["GROQ_KEY"]]
    calls.append(("modules", values))
    return repr(calls), dict(os.environ)


def test_the_fixed_app_hands_on_the_same_values(space: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the environment set from `.env`, every library call gets exactly what it got before the fix."""
    with monkeypatch.context() as patch:
        before, environment = run_app(space.root, {}, patch)
    assert environment["OPENAI_API_KEY"] == space.values["OPENAI"]
    unspill(space.root, "fix")
    stored = values_of(space.root / ".env")
    with monkeypatch.context() as patch:
        after, environment = run_app(space.root, stored, patch)
    assert after == before
    assert environment["OPENAI_API_KEY"] == space.values["OPENAI"]
    assert sum(value in before for value in space.values.values()) >= 6
