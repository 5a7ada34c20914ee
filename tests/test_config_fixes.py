"""What becomes of values in YAML, TOML and JSON, by the program that reads the file."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from unspill.fixes import config
from unspill.languages import language_of
from unspill.model import Safety

from tests.helpers import applied, document_of, finding_at, fixed, project, token

T = token(1)
SET = "${HF_TOKEN:?set HF_TOKEN}"
SECRET = "${{ secrets.HF_TOKEN }}"
CURL = 'curl -H "a: ${HF_TOKEN:?}" ${{ github.sha }}'
PUSH = 'git push "https://u:${HF_TOKEN:?}@h/x" main'
WORKFLOW = ".github/workflows/ci.yml"

CASES = {
    "B-12 list": (
        "docker-compose.yml",
        f"services:\n  a:\n    environment:\n      - HF_TOKEN={T}  # c\n",
        f"services:\n  a:\n    environment:\n      - HF_TOKEN={SET}  # c\n",
    ),
    "B-12 map": (
        "compose.yaml",
        f"x:\n  environment:\n    HF_TOKEN: '{T}'\n",
        f"x:\n  environment:\n    HF_TOKEN: '{SET}'\n",
    ),
    "B-12 flow": ("compose.yml", f"environment: {{HF_TOKEN: {T}}}\n", f'environment: {{HF_TOKEN: "{SET}"}}\n'),
    "B-12 flow list": ("compose.yml", f"environment: [HF_TOKEN={T}, A=b]\n", f'environment: ["HF_TOKEN={SET}", A=b]\n'),
    "B-12 part": (
        "compose.yml",
        f"environment:\n  U: postgres://u:{T}@db/x\n",
        f"environment:\n  U: postgres://u:{SET}@db/x\n",
    ),
    "B-12 default": ("compose.yml", f"environment:\n  A: ${{HF_TOKEN:-{T}}}\n", f"environment:\n  A: {SET}\n"),
    "B-12 anchor": ("compose.yml", f"x: &t {T}\ny: *t\n", f"x: &t {SET}\ny: *t\n"),
    "B-12 by its keys": (
        "stack.yml",
        f"services:\n  a:\n    image: b\n    command: run --token {T}\n",
        f"services:\n  a:\n    image: b\n    command: run --token {SET}\n",
    ),
    "C-7 env": (WORKFLOW, f"env:\n  HF_TOKEN: {T}\n", f"env:\n  HF_TOKEN: {SECRET}\n"),
    "C-7 flow": (WORKFLOW, f"env: {{ HF_TOKEN: {T} }}\n", f'env: {{ HF_TOKEN: "{SECRET}" }}\n'),
    "C-7 with": (
        WORKFLOW,
        f"steps:\n- with:\n    url: https://u:{T}@h\n",
        f"steps:\n- with:\n    url: https://u:{SECRET}@h\n",
    ),
    "C-7 run": (
        WORKFLOW,
        f"steps:\n  - name: x\n    run: git push https://u:{T}@h/x main\n",
        f"steps:\n  - name: x\n    env:\n      HF_TOKEN: {SECRET}\n    run: {PUSH}\n",
    ),
    "C-7 run, block, CRLF": (
        WORKFLOW,
        f"steps:\r\n  - run: |\r\n      curl -H 'a: {T}' ${{{{ github.sha }}}}\r\n      ls\r\n",
        f"steps:\r\n  - env:\r\n      HF_TOKEN: {SECRET}\r\n    run: |\r\n      {CURL}\r\n      ls\r\n",
    ),
    "C-7 run with env": (
        WORKFLOW,
        f"steps:\n  - env:\n      A: b\n    run: x {T}\n",
        f'steps:\n  - env:\n      HF_TOKEN: {SECRET}\n      A: b\n    run: x "${{HF_TOKEN:?}}"\n',
    ),
    "C-7 run, job has it": (
        WORKFLOW,
        f"jobs:\n  a:\n    env:\n      HF_TOKEN: {SECRET}\n    steps:\n    - run: x {T}\n",
        f'jobs:\n  a:\n    env:\n      HF_TOKEN: {SECRET}\n    steps:\n    - run: x "${{HF_TOKEN:?}}"\n',
    ),
    "C-7 run, double quotes": (
        WORKFLOW,
        f"steps:\n  - run: \"curl -H 'a: {T}' h\"\n",
        f'steps:\n  - env:\n      HF_TOKEN: {SECRET}\n    run: "curl -H \\"a: ${{HF_TOKEN:?}}\\" h"\n',
    ),
    "C-8 GitLab variable": (
        ".gitlab-ci.yml",
        f"variables:\n  A: b\n  HF_TOKEN: {T}\nx: y\n",
        "variables:\n  A: b\nx: y\n",
    ),
    "C-8 GitLab only variable": (".gitlab-ci.yml", f"variables:\n  HF_TOKEN: {T}\nx: y\n", "x: y\n"),
    "C-8 GitLab script": (
        ".gitlab-ci.yml",
        f"j:\n  script:\n    - x '{T}'\n",
        'j:\n  script:\n    - x "${HF_TOKEN:?}"\n',
    ),
    "C-8 CircleCI": (
        ".circleci/config.yml",
        f"run:\n  command: x --t={T}\n",
        'run:\n  command: x --t="${HF_TOKEN:?}"\n',
    ),
    "C-8 Azure": ("azure-pipelines.yml", f"env:\n  HF_TOKEN: {T}\n", "env:\n  HF_TOKEN: $(HF_TOKEN)\n"),
    "LiteLLM": (
        "litellm_config.yaml",
        f"model_list:\n- litellm_params:\n    api_key: {T}\n",
        "model_list:\n- litellm_params:\n    api_key: os.environ/HF_TOKEN\n",
    ),
    "Hydra": ("conf/a.yaml", f'_target_: m.C\ntoken: "{T}"\n', '_target_: m.C\ntoken: "${oc.env:HF_TOKEN}"\n'),
    "Hydra flow": ("conf/a.yaml", f"_target_: m.C\na: [{T}]\n", '_target_: m.C\na: ["${oc.env:HF_TOKEN}"]\n'),
    "VS Code": (".vscode/tasks.json", f'{{"a": "{T}", // x\n}}', '{"a": "${env:HF_TOKEN}", // x\n}'),
    "opencode": ("opencode.json", f'{{"a": "Bearer {T}"}}', '{"a": "Bearer {env:HF_TOKEN}"}'),
    "Gemini CLI": (".gemini/settings.json", f'{{"a": "{T}"}}', '{"a": "${HF_TOKEN}"}'),
    "Windsurf": ("mcp_config.json", f'{{"a": "{T}"}}', '{"a": "${env:HF_TOKEN}"}'),
    "Claude Code": (".mcp.json", f'{{"env": {{"A": "Bearer {T}"}}}}', '{"env": {"A": "Bearer ${HF_TOKEN}"}}'),
    "Pipenv": ("Pipfile", f'[[source]]\nurl = "https://u:{T}@h"\n', '[[source]]\nurl = "https://u:${HF_TOKEN}@h"\n'),
    "YAML comment": ("a.yaml", f"a: b # {T}\n", "a: b # <HF_TOKEN>\n"),
    "TOML comment": ("a.toml", f"a = 1 # {T}\n", "a = 1 # <HF_TOKEN>\n"),
}

WITHHELD = {
    "unknown YAML": ("config.yaml", f"token: {T}\n", "token"),
    "unknown JSON": ("config.json", f'{{"token": "{T}"}}', "token"),
    "unknown TOML": ("config.toml", f"token = '{T}'\n", "token"),
    "pyproject": ("pyproject.toml", f"[tool.x]\ntoken = '{T}'\n", "token"),
    "part of a LiteLLM value": ("litellm.yaml", f"a: Bearer {T}\n", "litellm"),
    "a workflow's name": (WORKFLOW, f"name: {T}\n", "env"),
    "a workflow's PowerShell": (WORKFLOW, f"steps:\n- shell: pwsh\n  run: x {T}\n", "env"),
    "a flow step": (WORKFLOW, f"steps: [{{run: x {T}}}]\n", "env"),
    "broken YAML": ("compose.yml", f"a: {{b: \nc: '{T}\n", "manually"),
}

REMOVED = {
    "Streamlit": (".streamlit/secrets.toml", f'A = "b"\nHF_TOKEN = "{T}"\n', 'A = "b"\n'),
    "Claude Desktop, only": ("claude_desktop_config.json", f'{{"env": {{"A": "{T}"}}}}', '{"env": {}}'),
    "Claude Desktop, first": ("claude_desktop_config.json", f'{{"A": "{T}", "b": 1}}', '{"b": 1}'),
    "Claude Desktop, last": ("claude_desktop_config.json", f'{{"b": 1,\n "A": "{T}"}}', '{"b": 1}'),
    "some mcp.json": ("mcp.json", f'{{"a": "{T}"}}', '{"a": "${env:HF_TOKEN}"}'),
}


@pytest.mark.parametrize(("path", "before", "after"), CASES.values(), ids=CASES)
def test_rows(path: str, before: str, after: str) -> None:
    """A value becomes what the file's reader expands, and every other byte stays."""
    document = document_of(before, path, language_of(path).id)
    assert fixed(config.plan, document, finding_at(document, T)) == after


@pytest.mark.parametrize(("path", "source", "said"), WITHHELD.values(), ids=WITHHELD)
def test_withheld(path: str, source: str, said: str) -> None:
    """A file whose reader expands nothing is left alone, and the reason says what to do without the value."""
    document = document_of(source, path, language_of(path).id)
    made = config.plan(finding_at(document, T), document, project())
    assert not made.fixes
    assert said in made.withheld
    assert T not in made.withheld


@pytest.mark.parametrize(("path", "before", "after"), REMOVED.values(), ids=REMOVED)
def test_unsafe(path: str, before: str, after: str) -> None:
    """What needs a look at the program that reads the file is offered, but neither safe nor preferred."""
    document = document_of(before, path, language_of(path).id)
    made = config.plan(finding_at(document, T), document, project())
    assert made.withheld
    assert made.safe is None
    assert made.fixes[0].safety is Safety.UNSAFE
    assert applied(document, made.fixes[0]) == after


def test_a_key_that_is_no_word_is_not_quoted() -> None:
    """What to do about a value names its key, unless that may itself be a value: no shape tells all of those."""
    key = "k7Qm" + token(7)[3:]
    for path in ("config.yaml", ".streamlit/secrets.toml"):
        for name, told in ((key, False), ("inference_key", True)):
            source = f'{name}{" =" if path.endswith("toml") else ":"} "{T}"\n'
            document = document_of(source, path, language_of(path).id)
            plan = config.plan(finding_at(document, T), document, project())
            said = " ".join([plan.withheld, *(fix.title + fix.reason for fix in plan.fixes)])
            assert (name in said) is told


def test_github_prefix() -> None:
    """GitHub takes no secret that begins with GITHUB_, so the workflow reads another name."""
    document = document_of(f"env:\n  GITHUB_TOKEN: {T}\n", WORKFLOW, "yaml")
    finding = finding_at(document, T, env=("GITHUB_TOKEN",))
    assert fixed(config.plan, document, finding) == "env:\n  GITHUB_TOKEN: ${{ secrets.GH_TOKEN }}\n"


KEYS = st.text(st.sampled_from("abé_-. :#'\"\\{}[]"), min_size=1, max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def changed(value: object, before: str, after: str) -> object:
    """A parsed value with one text replaced by another."""
    if isinstance(value, dict):
        return {key: changed(item, before, after) for key, item in value.items()}
    if isinstance(value, list):
        return [changed(item, before, after) for item in value]
    return value.replace(before, after) if isinstance(value, str) else value


@given(value=st.dictionaries(KEYS, VALUES, max_size=4), flow=st.booleans(), style=st.sampled_from([None, '"', "'"]))
def test_yaml_keeps_its_values(value: dict[str, object], flow: bool, style: str | None) -> None:
    """Whatever the rest of a compose file is and however it is written, only the secret's text changes in it."""
    value = {**value, "services": {"a": ["--token", f"x {T} y", {"HF_TOKEN": T}]}}
    source = yaml.safe_dump(value, default_flow_style=flow, default_style=style, allow_unicode=True)
    document = document_of(source, "compose.yml", "yaml")
    made = config.plan(finding_at(document, T), document, project())
    if made.safe is None:
        assert made.withheld
    else:
        once = document_of(applied(document, made.safe), "compose.yml", "yaml")
        twice = fixed(config.plan, once, finding_at(once, T))
        assert yaml.safe_load(twice) == changed(value, T, SET)


@given(value=VALUES, indent=st.sampled_from([None, 2]))
def test_json_keeps_its_values(value: object, indent: int | None) -> None:
    """Deleting an entry of a JSON object leaves all others as they are, wherever it stands."""
    for whole in ({"A": T, "b": value}, {"b": value, "A": T}, {"b": value, "A": T, "c": value}):
        document = document_of(json.dumps(whole, indent=indent), "claude_desktop_config.json", "json")
        made = config.plan(finding_at(document, T), document, project())
        assert json.loads(applied(document, made.fixes[0])) == {k: v for k, v in whole.items() if k != "A"}
