"""The rules as the wheel has them: one file, which the build writes, with the same rules as the checkout's folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
from unspill import rules
from unspill.errors import RuleError
from unspill.scan import Scanner

ROOT = Path(__file__).parent.parent


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The build hook, on a checkout."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config: dict[str, Any] = {}
    return module.Rules(str(ROOT), config, None, None, "", "wheel")


@pytest.mark.slow
def test_the_wheel_has_the_rules_of_the_checkout(hook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build writes one file that loads as the same rules, in the same order; nothing is left of it afterwards."""
    build: dict[str, Any] = {"force_include": {}}
    hook.initialize("standard", build)
    try:
        packed = {target: source for source, target in build["force_include"].items()}
        assert set(packed) == {"unspill/_rules.json"}
        monkeypatch.setattr(rules, "PACKED", packed["unspill/_rules.json"])
        assert rules.shipped() == [packed["unspill/_rules.json"]]
        checkout = [
            rule._replace(file=Path(rule.file).relative_to(rules.CHECKOUT).as_posix())
            for rule in rules.load(rules.files(rules.CHECKOUT))
        ]
        assert rules.load(rules.shipped()) == checkout
        assert [rule.id for rule in Scanner(use_cache=False).engine.rules if rule.generic] == [
            rule.id for rule in checkout if rule.generic
        ]
    finally:
        hook.finalize("standard", build, "")
    assert not Path(packed["unspill/_rules.json"]).exists()


def test_an_editable_install_has_none(hook: Any) -> None:
    """The rules of a checkout change under it."""
    build: dict[str, Any] = {"force_include": {}}
    hook.initialize("editable", build)
    hook.finalize("editable", build, "")
    assert build == {"force_include": {}}


@pytest.mark.parametrize("content", ["", "{", "[[1]]", '{"a": 1}', "[1]"])
def test_a_broken_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """A file of rules that cannot be used is an error with its path and what to do."""
    path = tmp_path / "_rules.json"
    path.write_text(content)
    monkeypatch.setattr(rules, "PACKED", str(path))
    with pytest.raises(RuleError, match="reinstall unspill") as caught:
        rules.load(rules.shipped())
    assert str(path) in str(caught.value)
