"""Secrets that leave: under public names, as variables, in static Spaces, with a `.env`, and in logs of workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import checks, fixes
from unspill.checks.check import Seen
from unspill.document import apply_edits
from unspill.languages import document_of
from unspill.model import Confidence, Plan
from unspill.settings import Settings

from tests.cli import git, unspill, write
from tests.helpers import MemoryTree, project, token

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.document import Document
    from unspill.model import Finding

STATIC = b"---\nsdk: static\n---\n"
GRADIO = b"---\nsdk: gradio\n---\n"
WORKFLOW = ".github/workflows/ci.yml"


def found(path: str, text: str, rule: str, tree: MemoryTree | None = None) -> list[Finding]:
    """What one check says of a file in a Space."""
    files = MemoryTree({"README.md": GRADIO}) if tree is None else tree
    files[path] = text.encode()
    document = document_of(text.encode(), path)
    seen = Seen((), (), Settings(), files, None, directives=False)
    asked = [one.of_document for one in checks.watching(document.data, document.language) if one.id == rule]
    return [one for of_document in asked if of_document for one in of_document(document, seen)]


def texts(path: str, text: str, rule: str, tree: MemoryTree | None = None) -> list[str]:
    """The text at each finding of which the check is sure."""
    document = document_of(text.encode(), path)
    sure = (one for one in found(path, text, rule, tree) if one.confidence > Confidence.LOW)
    return [document.text(one.span) for one in sure]


def planned(path: str, text: str, rule: str, tree: MemoryTree) -> tuple[Plan, Document]:
    """The plan of the first finding, and the document."""
    document = document_of(text.encode(), path)
    return fixes.plan(found(path, text, rule, tree)[0], document, project(tree)), document


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("VITE_OPENAI_API_KEY", True),
        ("NEXT_PUBLIC_HF_TOKEN", True),
        ("REACT_APP_ANTHROPIC_API_KEY", True),
        ("VITE_SUPABASE_SERVICE_ROLE_KEY", True),
        ("NEXT_PUBLIC_STRIPE_SECRET_KEY", True),
        ("VITE_DB_PASSWORD", True),
        ("NEXT_PUBLIC_SUPABASE_ANON_KEY", False),
        ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", False),
        ("VITE_RECAPTCHA_SITE_KEY", False),
        ("NEXT_PUBLIC_FIREBASE_API_KEY", False),
        ("VITE_GOOGLE_MAPS_API_KEY", False),
        ("VITE_MAPBOX_ACCESS_TOKEN", False),
        ("NEXT_PUBLIC_POSTHOG_KEY", False),
        ("NEXT_PUBLIC_SENTRY_DSN", False),
        ("NEXT_PUBLIC_BYPASS_AUTH", False),
        ("VITE_API_URL", False),
        ("VITE_API_KEY", False),
        ("OPENAI_API_KEY", False),
        ("MY_VITE_OPENAI_API_KEY", False),
    ],
)
def test_which_public_names_are_of_secrets(name: str, is_secret: bool) -> None:
    """Keys of services that have none for browsers, and what is called a secret; nothing that is made for browsers."""
    at = [name] if is_secret else []
    assert texts("web/src/api.ts", f"const key = import.meta.env.{name};\n", "public-secret-name") == at
    assert texts("web/api.vue", f"<script>const key = process.env.{name}</script>\n", "public-secret-name") == at
    assert texts("web/.env.example", f"A=1\n{name}=\n", "public-secret-name") == at
    assert texts("Dockerfile", f"FROM a\nARG {name}\n", "public-secret-name") == at
    assert texts(WORKFLOW, f"env:\n  {name}: x\n", "public-secret-name") == at


def test_a_public_name_is_reported_once_a_file() -> None:
    """The first place of a name counts; a comment, a test and a key that may be any service's are no place."""
    text = "// VITE_HF_TOKEN\nf(import.meta.env.VITE_HF_TOKEN, import.meta.env.VITE_HF_TOKEN);\n"
    [one] = found("a.js", text, "public-secret-name")
    assert one.span.start > text.index("\n")
    assert one.message == (
        "VITE_HF_TOKEN is public: front-end tools put it into what visitors download. Read HF_TOKEN on a server."
    )
    assert found("tests/a.js", text, "public-secret-name") == []
    assert found("a.js", text, "public-secret-name", MemoryTree({"README.md": b"# An app\n"})) == []
    assert [one.confidence for one in found("a.js", "env.VITE_API_KEY", "public-secret-name")] == [Confidence.LOW]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("env.PUBLIC_OPENAI_API_KEY", ["PUBLIC_OPENAI_API_KEY"]),
        ("const PUBLIC_OPENAI_API_KEY = 1;", []),
        ('const key = "x-VITE_HF_TOKEN";', []),
    ],
)
def test_public_is_a_word_like_any_other(text: str, at: list[str]) -> None:
    """`PUBLIC_…` is published as a member of an environment only, and a name is a whole word."""
    assert texts("a.ts", text, "public-secret-name") == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("window.huggingface.variables.HF_TOKEN", ["HF_TOKEN"]),
        ("window.huggingface?.variables?.OPENAI_API_KEY", ["OPENAI_API_KEY"]),
        ('huggingface.variables["HF_TOKEN"]', ["HF_TOKEN"]),
        ("window.huggingface.variables.OAUTH_CLIENT_ID", []),
        ("window.huggingface.variables.OAUTH_SCOPES", []),
        ("window.huggingface.variables.SIGNALING_URL", []),
        ("// window.huggingface.variables.HF_TOKEN", []),
    ],
)
def test_a_static_space_has_no_secrets(text: str, at: list[str]) -> None:
    """What the Hub writes into the page is read by all; what OAuth needs there is meant to be."""
    assert texts("main.js", text + "\n", "static-space-secret", MemoryTree({"README.md": STATIC})) == at
    assert texts("main.js", text + "\n", "static-space-secret") == []
    page = f"<script>\n{text}\n</script>\n"
    assert texts("index.html", page, "static-space-secret", MemoryTree({"README.md": STATIC})) == at


@pytest.mark.parametrize(
    ("path", "text", "at", "fixed"),
    [
        (
            "a.py",
            'api.add_space_variable("me/x", "HF_TOKEN", t)\n',
            "HF_TOKEN",
            'api.add_space_secret("me/x", "HF_TOKEN", t)\n',
        ),
        (
            "a.py",
            'api.add_space_variable(\n    repo_id=f"{me}/x",\n    key="HF_TOKEN",\n)\n',
            "HF_TOKEN",
            'api.add_space_secret(\n    repo_id=f"{me}/x",\n    key="HF_TOKEN",\n)\n',
        ),
        ("a.py", 'create_repo(x, space_variables=[{"key": "API_KEY", "value": k}])\n', "API_KEY", ""),
        (
            "a.sh",
            "hf spaces variables add me/x -e HF_TOKEN=$T\n",
            "HF_TOKEN",
            "hf spaces secrets add me/x -e HF_TOKEN=$T\n",
        ),
        (WORKFLOW, "env:\n  K: ${{ vars.HF_TOKEN }}\n", "HF_TOKEN", "env:\n  K: ${{ secrets.HF_TOKEN }}\n"),
        ("a.py", 'api.add_space_variable("me/x", "MODEL", m)\n', "", ""),
        ("a.py", 'api.add_space_secret("me/x", "HF_TOKEN", t)\n', "", ""),
        ("a.py", '# api.add_space_variable("me/x", "HF_TOKEN", t)\n', "", ""),
        (WORKFLOW, "env:\n  K: ${{ vars.REGION }}\n", "", ""),
        ("values.yaml", "env:\n  K: ${{ vars.HF_TOKEN }}\n", "", ""),
    ],
)
def test_a_secret_as_a_variable(path: str, text: str, at: str, fixed: str) -> None:
    """A variable of a Space or a repository with the name of a secret is one that others can read."""
    assert texts(path, text, "secret-as-variable") == ([at] if at else [])
    if at:
        plan, document = planned(path, text, "secret-as-variable", MemoryTree({"README.md": GRADIO}))
        made = [apply_edits(document.data, [(one.span, one.text) for one in fix.edits]).decode() for fix in plan.fixes]
        assert made == ([fixed] if fixed else [])


def steps(*lines: str, env: str = "") -> str:
    """A workflow with one step that runs these lines."""
    given = f"env:\n  {env}\n" if env else ""
    return f"on: push\n{given}jobs:\n  a:\n    steps:\n      - run: |\n" + "".join(
        f"          {line}\n" for line in lines
    )


HF = "HF_TOKEN: ${{ secrets.HF_TOKEN }}"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        (steps("echo ${{ secrets.HF_TOKEN }}"), ["echo ${{ secrets.HF_TOKEN }}"]),
        (
            steps('echo "key: ${{ secrets.HF_TOKEN || github.token }}"'),
            ['echo "key: ${{ secrets.HF_TOKEN || github.token }}"'],
        ),
        (steps('echo "$HF_TOKEN"', env=HF), ['echo "$HF_TOKEN"']),
        (steps('printf "%s" "${HF_TOKEN:0:4}" >&2', env=HF), ['printf "%s" "${HF_TOKEN:0:4}"']),
        (steps("env", env=HF), ["env"]),
        (steps("a", "printenv", env=HF), ["printenv"]),
        (steps("export -p", env=HF), ["export -p"]),
        (steps("set -eux", 'curl -H "A: $HF_TOKEN" x', env=HF), ["set -eux"]),
        (steps("set -o xtrace", "curl ${{ secrets.HF_TOKEN }}"), ["set -o xtrace"]),
        ("jobs: {a: {steps: [{run: 'echo ${{ secrets.HF_TOKEN }}'}]}}\n", ["echo ${{ secrets.HF_TOKEN }}"]),
        (steps('echo "$HF_TOKEN" > t', env=HF), []),
        (steps('echo "TOKEN=$HF_TOKEN" >> "$GITHUB_ENV"', env=HF), []),
        (steps("{ echo A; echo $HF_TOKEN; } >> .env", env=HF), []),
        (steps('echo "${{ secrets.HF_TOKEN }}" | docker login --password-stdin'), []),
        (steps('X=$(echo "$HF_TOKEN" | sha256sum)', env=HF), []),
        (steps('echo "::add-mask::$HF_TOKEN"', env=HF), []),
        (steps('echo "${HF_TOKEN:+set}" "${#HF_TOKEN}"', env=HF), []),
        (steps("echo ${{ secrets.HF_TOKEN != '' }} ${{ secrets.HF_TOKEN && 1 || 0 }}"), []),
        (steps('[ -z "$HF_TOKEN" ] && echo "HF_TOKEN is missing"', env=HF), []),
        (steps("echo ${{ secrets.REGION }}"), []),
        (steps("echo $HF_TOKEN"), []),
        (steps("env", "env | grep PATH"), []),
        (steps("env | grep PATH > x", "env A=b make", env=HF), []),
        (steps("set -ex", "make", env=HF), []),
        (steps("set -ex", "set +x", "curl $HF_TOKEN", env=HF), []),
        (steps("set -e", "curl $HF_TOKEN", env=HF), []),
        (steps("# echo ${{ secrets.HF_TOKEN }}"), []),
        ("on: push\nrun: echo ${{ secrets.HF_TOKEN }}\n", []),
        (f"env:\n  {HF}\njobs:\n  a:\n    steps:\n      - shell: pwsh\n        run: echo $HF_TOKEN\n", []),
    ],
)
def test_what_a_workflow_prints(text: str, at: list[str]) -> None:
    """A command whose output is the log shows a secret, or traces it; what goes elsewhere, or is masked, does not."""
    assert texts(WORKFLOW, text, "secret-in-log") == at
    assert texts("ci.yaml", text, "secret-in-log") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("set -ex", "set -e"),
        ("set -x", "set +x"),
        ("set -euxo pipefail", "set -euo pipefail"),
        ("set -o xtrace", "set +o xtrace"),
    ],
)
def test_tracing_is_turned_off(before: str, after: str) -> None:
    """The fix changes the options of `set`, and nothing is left to report."""
    text = steps(before, "curl ${{ secrets.HF_TOKEN }}")
    plan, document = planned(WORKFLOW, text, "secret-in-log", MemoryTree({"README.md": GRADIO}))
    assert plan.safe is not None
    made = apply_edits(document.data, [(one.span, one.text) for one in plan.safe.edits]).decode()
    assert made == steps(after, "curl ${{ secrets.HF_TOKEN }}")
    assert texts(WORKFLOW, made, "secret-in-log") == []


LEFT = {".env": b"PASSWORD=x\n", ".gitignore": b".env\n"}


@pytest.mark.parametrize(
    ("dockerfile", "files", "at"),
    [
        ("FROM a\nCOPY . .\n", LEFT, "COPY . ."),
        ("FROM a\nADD .env /app/\n", LEFT, "ADD .env /app/"),
        ("FROM a AS b\nFROM b\nCOPY . .\n", LEFT, "COPY . ."),
        ("FROM a\nCOPY . .\n", {**LEFT, ".dockerignore": b".env*\n!.env.example\n"}, ""),
        ("FROM a\nCOPY src .\n", LEFT, ""),
        ("FROM a\nCOPY --from=b . .\n", LEFT, ""),
        ("FROM a AS b\nCOPY . .\nRUN make\nFROM c\nCOPY --from=b /app/bin /bin\n", LEFT, ""),
        ("FROM a\nCOPY . .\n", {".env.example": b"PASSWORD=\n"}, ""),
        ("FROM a\nCOPY . .\n", {".env": b"# A=b\nA=\n"}, ""),
        ("FROM a\nCOPY . .\n", {}, ""),
    ],
)
def test_a_dotenv_in_an_image(dockerfile: str, files: dict[str, bytes], at: str) -> None:
    """A file with values that is there, and that a stage of the image takes along, is reported where that happens."""
    assert texts("Dockerfile", dockerfile, "dotenv-in-image", MemoryTree(files)) == ([at] if at else [])


@pytest.mark.parametrize(
    ("call", "files", "is_found"),
    [
        ('api.upload_folder(folder_path=".", repo_id="a")', {".env": b"A=b\n"}, True),
        ('upload_large_folder(repo_id="a", folder_path="app")', {**LEFT, "app/.env": b"A=b\n"}, True),
        ('CommitScheduler(repo_id="a", folder_path="./")', {".env": b"A=b\n"}, True),
        ('api.upload_folder(folder_path=".", ignore_patterns=["*.pyc"])', {".env": b"A=b\n"}, True),
        ('api.upload_folder(folder_path=".", ignore_patterns=[".env*"])', {".env": b"A=b\n"}, False),
        ('api.upload_folder(folder_path=".", ignore_patterns=".env")', {".env": b"A=b\n"}, False),
        ('api.upload_folder(folder_path=".", ignore_patterns=LEFT_OUT)', {".env": b"A=b\n"}, False),
        ('api.upload_folder(folder_path=".", allow_patterns=["*.py"])', {".env": b"A=b\n"}, False),
        ('api.upload_folder(folder_path=".")', LEFT, False),
        ('api.upload_folder(folder_path=".")', {".env.example": b"A=\n"}, False),
        ('api.upload_folder(folder_path=".")', {}, False),
        ("api.upload_folder(folder_path=folder)", {".env": b"A=b\n"}, False),
        ('api.upload_folder(folder_path="/tmp/x")', {".env": b"A=b\n"}, False),
        ('api.upload_folder(folder_path="../x")', {".env": b"A=b\n"}, False),
    ],
)
def test_a_dotenv_in_an_uploaded_folder(call: str, files: dict[str, bytes], is_found: bool) -> None:
    """The folder of a constant path goes with its `.env`, unless its own `.gitignore` or the patterns name that."""
    name = call.partition("(")[0].rpartition(".")[2]
    assert texts("push.py", f"{call}\n", "dotenv-uploaded", MemoryTree(files)) == ([name] if is_found else [])


@pytest.mark.parametrize(
    ("path", "text", "rule", "edited", "after"),
    [
        ("Dockerfile", "FROM a\nCOPY . .\n", "dotenv-in-image", ".dockerignore", ".env\n"),
        ("Dockerfile", "FROM a\nCOPY .env .\n", "dotenv-in-image", "", ""),
        (
            "push.py",
            'upload_folder(\n    folder_path=".",\n)\n',
            "dotenv-uploaded",
            "push.py",
            'upload_folder(\n    folder_path=".", ignore_patterns=[".env"]\n)\n',
        ),
        (
            "push.py",
            'upload_folder(folder_path=".")\n',
            "dotenv-uploaded",
            "push.py",
            'upload_folder(folder_path=".", ignore_patterns=[".env"])\n',
        ),
        ("push.py", 'upload_folder(folder_path=".", ignore_patterns=["a"])\n', "dotenv-uploaded", "", ""),
    ],
)
def test_a_dotenv_is_left_out(path: str, text: str, rule: str, edited: str, after: str) -> None:
    """The fix names the file where it is left out; an instruction that is about nothing else is for the author."""
    tree = MemoryTree({".env": b"A=b\n"})
    plan, _ = planned(path, text, rule, tree)
    if not edited:
        assert (plan.fixes, bool(plan.withheld)) == ((), True)
        return
    [fix] = plan.fixes
    assert {edit.path for edit in fix.edits} == {edited}
    made = apply_edits(tree.get(edited, b""), [(edit.span, edit.text) for edit in fix.edits])
    assert made.decode() == after
    assert texts(path, made.decode() if path == edited else text, rule, MemoryTree({**tree, edited: made})) == []


def test_a_dotenv_that_git_does_not_ignore(tmp_path: Path) -> None:
    """A value without a shape is seen before it is committed, however the file is named; the fix ignores the file."""
    write(tmp_path, {".env": "DB_PASSWORD=kat12\nDEBUG=1\n"})
    assert unspill(tmp_path, "check", "--format", "json").report["findings"] == []
    git(tmp_path, "init", "-q")
    rules = [
        [one["rule"] for one in unspill(tmp_path, "check", *paths, "--format", "json").report["findings"]]
        for paths in ([], ["."], [".env"])
    ]
    assert rules == [["dotenv-unignored"]] * 3
    unspill(tmp_path, "fix")
    assert (tmp_path / ".gitignore").read_text() == ".env\n"
    assert unspill(tmp_path, "check", "--format", "json").report["findings"] == []


@pytest.mark.parametrize("text", ["DEBUG=1\n", "DB_PASSWORD=\n", "DB_PASSWORD=changeme\n", "API_KEY=your-key-here\n"])
def test_a_dotenv_without_secrets_is_no_finding(tmp_path: Path, text: str) -> None:
    """Settings, empty values and placeholders may be committed."""
    write(tmp_path, {".env": text})
    git(tmp_path, "init", "-q")
    assert unspill(tmp_path, "check", "--format", "json").report["findings"] == []


def test_what_is_a_finding_already_is_not_said_again(tmp_path: Path) -> None:
    """Where the values themselves are reported, or git tracks the file, no check repeats that."""
    write(tmp_path, {".env": f"HF_TOKEN={token()}\nDB_PASSWORD=kat12\n"})
    git(tmp_path, "init", "-q")
    rules = {one["rule"] for one in unspill(tmp_path, "check", "--format", "json").report["findings"]}
    assert "dotenv-unignored" not in rules
    git(tmp_path, "add", ".env")
    rules = {one["rule"] for one in unspill(tmp_path, "check", "--format", "json").report["findings"]}
    assert "dotenv-unignored" not in rules
    assert "dotenv-tracked" in rules


PARTS = (
    "on: push\n", "jobs:\n  a:\n    steps:\n", "      - run: |\n", "          ", "- run: '", "echo ",
    "${{ secrets.A_KEY }}", "$A_KEY", "'", '"', "\n", "env:\n  A_KEY: ", "set -x\n", "é", "}", "{",
)  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=25))
def test_any_workflow_is_read_in_bounds(parts: list[str]) -> None:
    """No text makes the check or its fix fail, and each finding is within it."""
    text = "".join(parts)
    document = document_of(text.encode(), WORKFLOW)
    for one in found(WORKFLOW, text, "secret-in-log"):
        assert 0 <= one.span.start <= one.span.end <= len(document.data)
        fixes.plan(one, document, project())
