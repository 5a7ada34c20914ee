"""A rule that was renamed: whatever named it before means it still, and `baseline --update` writes the new name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from unspill.document import Document
from unspill.scan import Scanner
from unspill.suppress.baseline import Entry, new, parse, text
from unspill.suppress.baseline import fingerprints as names_of

from tests.cli import unspill, write
from tests.lsp.harness import Editor

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
[provider]
name = "Acme"
[[credential]]
id = "acme-key"
name = "Acme key"
formerly = ["acme-token", "acme-secret"]
pattern = 'acme_[a-z]{20}'
impact = "Opens everything."
rotate = "Make another."
example = ['k = "{acme_[a-z]{20}}"']
not = ["acme_key"]

[[credential]]
id = "acme-pin"
name = "Acme pin"
formerly = ["acme-number"]
pattern = 'acme_[0-9]{6}'
impact = "Opens the door."
rotate = "Make another."
example = ['k = "{acme_[0-9]{6}}"']
not = ["acme_1"]
pair = ["acme-token"]
"""
KEY, PIN = "acme_" + "qwzjkxvbpmfhtrlcgdsn", "acme_" + "482915"
SOURCE = f'k = "{KEY}"\np = "{PIN}"\n'
PRESENT = {"acme-token": "acme-key", "acme-secret": "acme-key", "acme-number": "acme-pin"}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the rules, one for all tests: they are compiled once."""
    folder = tmp_path_factory.mktemp("rules")
    write(folder, {"acme.toml": RULES})
    return str(folder / "acme.toml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a key and a pin."""
    write(tmp_path / "project", {"app.py": SOURCE})
    return tmp_path / "project"


def found(folder: Path, rules: str, *arguments: str) -> dict[str, str]:
    """The ids of all findings, with their severities."""
    ran = unspill(folder, "check", "--format", "json", "--rules", rules, *arguments)
    return {finding["rule"]: finding["severity"] for finding in ran.report["findings"]}


def old_baseline(rules: str) -> str:
    """The baseline as it was before the rules were renamed."""
    document = Document(SOURCE.encode(), "app.py", "python")
    findings = Scanner([rules]).scan(document).findings
    former = {"acme-key": "acme-secret", "acme-pin": "acme-number"}
    findings = tuple(finding._replace(rule=former[finding.rule]) for finding in findings)
    made = new()
    names = names_of(document, findings, "app.py", made.key)
    return text(made._replace(counts={Entry("app.py", rule, name): 1 for (rule, _), name in names.items()}))


@pytest.mark.slow
@pytest.mark.parametrize("former", ["acme-token", "acme-n*"])
def test_settings_and_flags(project: Path, rules: str, former: str) -> None:
    """A former id selects, ignores, disables its rule and gives it a severity."""
    meant = "acme-pin" if former == "acme-n*" else "acme-key"
    assert list(found(project, rules, "--select", former)) == [meant]
    assert meant not in found(project, rules, "--ignore", former)
    write(project, {"unspill.toml": f'ignore = ["{former}"]\n'})
    assert meant not in found(project, rules)
    write(project, {"unspill.toml": f'[severity]\n"{former}" = "hint"\n'})
    assert found(project, rules)[meant] == "hint"


def test_a_directive(project: Path, rules: str) -> None:
    """A former id in a directive silences its rule, and is reported only if it silences nothing."""
    lines = SOURCE.splitlines()
    write(
        project, {"app.py": f"{lines[0]}  # unspill: ignore[acme-token]\n{lines[1]}  # unspill: ignore[acme-token]\n"}
    )
    assert sorted(found(project, rules)) == ["acme-pin", "unused-ignore"]
    write(project, {"app.py": f"{lines[0]}  # unspill: ignore[acme-secret, acme-key]\n"})
    assert found(project, rules) == {}


def test_a_baseline(project: Path, rules: str) -> None:
    """What was known under a former id stays known; `--update` writes it under the present one."""
    place = project / ".unspill-baseline"
    place.write_text(old_baseline(rules))
    assert found(project, rules) == {}
    ran = unspill(project, "check", "--rules", rules)
    assert "stale" not in ran.out + ran.err
    assert "gone" not in ran.out + ran.err
    assert unspill(project, "baseline", "--update", "--rules", rules).code == 0
    assert sorted(entry.rule for entry in parse(place.read_bytes(), "x").counts) == ["acme-key", "acme-pin"]
    assert found(project, rules) == {}


def test_a_baseline_in_the_editor(project: Path, rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says as much there as on the command line."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.parent / "config"))
    write(project.parent, {"config/unspill/unspill.toml": f"rules = [{json.dumps(rules)}]\n"})
    (project / ".unspill-baseline").write_text(old_baseline(rules))
    with Editor(project, "vscode") as editor:
        uri = (project / "app.py").as_uri()
        editor.open(uri, f"{SOURCE}more = '{PIN}'\n")
        assert [one["range"]["start"]["line"] for one in editor.diagnostics(uri)] == [2]


def test_sarif(project: Path, rules: str) -> None:
    """Code scanning learns the former ids, so that what was dismissed under one stays dismissed."""
    ran = unspill(project, "check", "--format", "sarif", "--rules", rules)
    described = ran.report["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["deprecatedIds"] for rule in described} == {
        "acme-key": ["acme-token", "acme-secret"],
        "acme-pin": ["acme-number"],
    }


@pytest.mark.slow
def test_a_rule_is_explained_by_a_former_id(project: Path, rules: str) -> None:
    """`unspill rules` knows it, and so does the pair of another rule."""
    for former, present in PRESENT.items():
        ran = unspill(project, "rules", former, "--rules", rules)
        assert ran.out.startswith(f"{present}\n")
        assert former in ran.out
    ran = unspill(project, "rules", "acme-pin", "--rules", rules, "--format", "json")
    assert ran.report["rules"][0]["related"] == ["acme-key"]
