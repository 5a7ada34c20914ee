"""Secrets of a build: arguments, mounts, what no mount gives, what stays in a layer; in which stage, and the fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import checks, fixes
from unspill.checks.check import Seen
from unspill.document import Document, apply_edits
from unspill.model import Confidence, Safety
from unspill.settings import Settings
from unspill.space import images

from tests.cli import unspill, write
from tests.helpers import MemoryTree, document_of, project

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.model import Finding

SPACE = MemoryTree({"README.md": b"---\nsdk: docker\n---\n"})
IDS = ("secret-build-argument", "unmounted-secret", "secret-mount", "secret-in-layer")
MOUNT = "--mount=type=secret,id=HF_TOKEN"
READ = "$(cat /run/secrets/HF_TOKEN)"


def found(text: str, tree: MemoryTree = SPACE) -> list[Finding]:
    """What the checks on builds say of a Dockerfile, unless they are unsure."""
    return [
        one for one in every(document_of(text, "Dockerfile", "dockerfile"), tree) if one.confidence > Confidence.LOW
    ]


def every(document: Document, tree: MemoryTree = SPACE) -> list[Finding]:
    """All that the checks on builds say."""
    seen = Seen((), (), Settings(), tree, None, directives=False)
    asked = [check for check in checks.watching(document.data, "dockerfile") if check.id in IDS]
    return [one for check in asked if check.of_document for one in check.of_document(document, seen)]


@pytest.mark.parametrize(
    ("text", "rule", "at", "message"),
    [
        (
            "FROM a\nARG HF_TOKEN\n",
            "secret-build-argument",
            "HF_TOKEN",
            (
                "Build arguments stay in the history of the image, and a Space takes them from public variables: mount "
                "HF_TOKEN as a secret where it is needed."
            ),
        ),
        (
            "FROM a\nENV A=1 API_KEY=${API_KEY}\n",
            "secret-build-argument",
            "API_KEY",
            "ENV stays in the image: mount API_KEY as a secret where it is needed.",
        ),
        (
            'FROM a\nRUN hf download --token "$HF_TOKEN" a/b\n',
            "unmounted-secret",
            "HF_TOKEN",
            "HF_TOKEN is empty while the image is built: no mount has it.",
        ),
        (
            f"FROM a\nRUN {MOUNT},mode=0444 hf download --token $HF_TOKEN {READ}\n",
            "unmounted-secret",
            "HF_TOKEN",
            "HF_TOKEN is empty while the image is built: its mount is a file, and no variable.",
        ),
        (
            "FROM a\nRUN python -c \"import os; print(os.environ['DB_PASSWORD'])\"\n",
            "unmounted-secret",
            "DB_PASSWORD",
            "DB_PASSWORD is empty while the image is built: no mount has it.",
        ),
        (
            f'FROM a\nRUN curl -H "A: {READ}" x\n',
            "unmounted-secret",
            "/run/secrets/HF_TOKEN",
            "Nothing mounts /run/secrets/HF_TOKEN in this RUN: the file is not there.",
        ),
        (
            f"FROM a\nRUN {MOUNT} pip install x\n",
            "secret-mount",
            MOUNT,
            "Nothing in this RUN reads the secret HF_TOKEN: read /run/secrets/HF_TOKEN.",
        ),
        (
            f"FROM a\nRUN {MOUNT} curl -H 'A: {READ}' x\n",
            "secret-mount",
            f"'A: {READ}'",
            "In single quotes no shell reads the secret HF_TOKEN: use double quotes.",
        ),
        (
            f"FROM a\nRUN {MOUNT} \\\n  echo 'user:{READ}' | chpasswd\n",
            "secret-mount",
            f"'user:{READ}'",
            "In single quotes no shell reads the secret HF_TOKEN: use double quotes.",
        ),
        (
            f'FROM a\nUSER me\nRUN {MOUNT} curl -H "A: {READ}" x\n',
            "secret-mount",
            MOUNT,
            "Only root can read the secret HF_TOKEN, and this RUN is that of me: add mode=0444.",
        ),
        (
            f"FROM a\nRUN {MOUNT} cat /run/secrets/HF_TOKEN > /test\n",
            "secret-in-layer",
            "cat /run/secrets/HF_TOKEN",
            "The secret is written to /test in this layer: whoever has the image has the secret.",
        ),
        (
            f'FROM a\nRUN {MOUNT} hf auth login --token "{READ}"\n',
            "secret-in-layer",
            f'hf auth login --token "{READ}"',
            "The command writes the secret to a file of this layer: whoever has the image has the secret.",
        ),
        (
            f"FROM a\nRUN {MOUNT} T={READ} && git clone https://u:$T@huggingface.co/a\n",
            "secret-in-layer",
            "git clone https://u:$T@huggingface.co/a",
            "git keeps the URL, with the secret in it, in this layer: whoever has the image has the secret.",
        ),
        (
            f"FROM a\nRUN {MOUNT} cp /run/secrets/HF_TOKEN /root/.token\n",
            "secret-in-layer",
            "cp /run/secrets/HF_TOKEN /root/.token",
            "The secret is copied to this layer: whoever has the image has the secret.",
        ),
    ],
)
def test_what_is_wrong(text: str, rule: str, at: str, message: str) -> None:
    """Each is one warning at its place, which says what happens and what to do."""
    [one] = found(text)
    document = document_of(text, "Dockerfile", "dockerfile")
    assert (one.rule, document.text(one.span), one.message) == (rule, at, message)
    assert one.severity.value == "warning"


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nARG GIT_SHA\nARG MAX_TOKENS\nARG POSTGRES_PASSWORD=postgres\n",
        'FROM a\nENV OPENAI_API_KEY="" API_KEY="your_api_key_here"\n',
        "FROM a\nARG NEXT_PUBLIC_SUPABASE_ANON_KEY\nENV NEXT_PUBLIC_SUPABASE_ANON_KEY=$NEXT_PUBLIC_SUPABASE_ANON_KEY\n",
        "FROM a\nCMD app --token $HF_TOKEN\n",
        "FROM a\nRUN echo 'curl -H $HF_TOKEN $(cat /run/secrets/HF_TOKEN)' > start.sh\n",
        'FROM a\nRUN echo "curl \\$HF_TOKEN" > start.sh\n',
        'FROM a\nRUN if [ -n "$HF_TOKEN" ]; then hf download --token $HF_TOKEN x; fi\n',
        "FROM a\nRUN hf download --token ${HF_TOKEN:-} x\n",
        "FROM a\nRUN HF_TOKEN=x hf download --token $HF_TOKEN x\n",
        "FROM a\nRUN . ./env.sh && hf download --token $HF_TOKEN x\n",
        "FROM a\nRUN if [ -f /run/secrets/HF_TOKEN ]; then echo yes; fi\n",
        "FROM a\nRUN echo $SIZE $KEY_FILE ${PATH}\n",
        'FROM a\nENV HF_TOKEN=""\nRUN hf download --token "$HF_TOKEN" x\n',
        'FROM a\nRUN ["hf", "download", "--token", "$HF_TOKEN"]\n',
        f'FROM a\nRUN {MOUNT},mode=0444,required=true \\\n  hf download --token="{READ}" a/b\n',
        f"FROM a\nRUN {MOUNT},env=HF_TOKEN python -c \"import os; os.environ['HF_TOKEN']\"\n",
        f'FROM a\nRUN {MOUNT},env=HF_TOKEN,required=false \\\n  if [ "$A" = b ]; then python x.py; fi\n',
        f"FROM a\nRUN {MOUNT} python download.py\n",
        f"FROM a\nRUN {MOUNT} git clone x && /tmp/setup.sh\n",
        f"FROM a\nRUN {MOUNT},target=/root/.netrc pip install x\n",
        f"FROM a\nRUN {MOUNT},dst=/etc/secrets/T,mode=0444 T=$(cat /etc/secrets/T) python x.py\n",
        f'FROM a\nRUN {MOUNT} <<"EOF"\npython - <<"PY"\nopen("/run/secrets/HF_TOKEN")\nPY\nEOF\n',
        (
            f"FROM a\nRUN {MOUNT} export T={READ} && git config --global url.https://$T@x.insteadOf y"
            " && pip install x && git config --global --unset url.https://$T@x.insteadOf\n"
        ),
        f"FROM a\nRUN {MOUNT} cat /run/secrets/HF_TOKEN > t && make && rm t\n",
        f"FROM a\nRUN {MOUNT} cat /run/secrets/HF_TOKEN > /dev/null\n",
        f"FROM a\nRUN {MOUNT} cat /run/secrets/HF_TOKEN | docker login --password-stdin\nRUN docker logout\n",
        f'FROM a\nRUN {MOUNT} curl -H "A: {READ}" x > model.bin\n',
        "FROM a\nRUN --mount=type=secret,id=company-ca cp /run/secrets/company-ca /usr/share/ca.crt\n",
        f"FROM a AS b\nRUN {MOUNT} hf auth login --token {READ}\nFROM c\nCOPY --from=b /model /model\n",
        f'FROM a\nUSER me\nUSER root\nRUN {MOUNT} curl -H "A: {READ}" x\n',
        f'FROM a\nUSER $NAME\nRUN {MOUNT} curl -H "A: {READ}" x\n',
        f'FROM a\nUSER me\nRUN {MOUNT},uid=1000 curl -H "A: {READ}" x\n',
        f'FROM a AS b\nUSER me\nFROM c\nRUN {MOUNT} curl -H "A: {READ}" x\n',
        'SHELL ["powershell"]\nFROM a\nRUN echo $HF_TOKEN\n',
        "FROM a\nRUN --mount=type=cache,target=/x --mount=type=secret,id=HF_TOKEN cat /run/secrets/HF_TOKEN > /x/t\n",
    ],
)
def test_what_is_right(text: str) -> None:
    """What runs later, goes on without, has a mount, or is gone at the end of the RUN is no finding."""
    assert found(text) == []


def test_stages_build_on_stages() -> None:
    """A stage has the variables and the user of the stage that it is built on, by name or number, and no others'."""
    document = document_of(
        "FROM a AS Base\nENV HF_TOKEN=\nUSER me\nFROM x\nRUN echo $HF_TOKEN\nFROM base AS last\nRUN echo $HF_TOKEN\n",
        "Dockerfile",
        "dockerfile",
    )
    assert [(stage.name, stage.base) for stage in images.stages(document)] == [
        ("Base", "a"),
        ("", "x"),
        ("last", "base"),
    ]
    assert [stage.name for stage in images.shipped(document)] == ["Base", "last"]
    [one] = every(document)
    assert document.line_at(one.span.start) == 4
    run = next(images.runs(images.stages(document)[2]))
    assert images.user(document, 2, run) == "me"


def test_a_required_mount_is_worth_a_hint() -> None:
    """That a duplicate of the Space does not build without the secret is said to those who want to know everything."""
    document = document_of(f'FROM a\nRUN {MOUNT},required=true curl "{READ}"\n', "Dockerfile", "dockerfile")
    [one] = every(document)
    assert one.confidence is Confidence.LOW
    assert every(document, MemoryTree({".env.example": b""})) == []
    assert one.message == "Whoever duplicates the Space has no HF_TOKEN yet, and the build then stops."


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({}, 0),
        ({"README.md": b"# App\n"}, 0),
        ({".env.example": b""}, 1),
        ({".env": b""}, 1),
        ({"example.env": b""}, 1),
    ],
)
def test_where_it_is_asked(files: dict[str, bytes], count: int) -> None:
    """Outside of Spaces it needs a `.env`, or a template of one: the project then cares about its names."""
    [*one] = found("FROM a\nARG HF_TOKEN\n", MemoryTree(files))
    assert len(one) == count
    assert all("Space" not in finding.message for finding in one)


@pytest.mark.parametrize(
    ("before", "after", "safety"),
    [
        (
            'FROM a\nRUN hf download --token "$HF_TOKEN" a/b\n',
            f'FROM a\nRUN {MOUNT},mode=0444 export HF_TOKEN="{READ}" && hf download --token "$HF_TOKEN" a/b\n',
            Safety.SAFE,
        ),
        (
            f'FROM a\nRUN curl -H "A: {READ}" x\n',
            f'FROM a\nRUN {MOUNT},mode=0444 curl -H "A: {READ}" x\n',
            Safety.SAFE,
        ),
        (
            f'FROM a\nUSER me\nRUN {MOUNT} curl -H "A: {READ}" x\n',
            f'FROM a\nUSER me\nRUN {MOUNT},mode=0444 curl -H "A: {READ}" x\n',
            Safety.SAFE,
        ),
        (
            f"FROM a\nRUN {MOUNT} curl -H 'A: {READ}' x\n",
            f'FROM a\nRUN {MOUNT} curl -H "A: {READ}" x\n',
            Safety.SAFE,
        ),
        (
            "FROM a\nARG HF_TOKEN\nRUN hf download --token $HF_TOKEN\n",
            f'FROM a\nRUN {MOUNT},mode=0444 export HF_TOKEN="{READ}" && hf download --token $HF_TOKEN\n',
            Safety.UNSAFE,
        ),
        ("FROM a\nARG A\nARG HF_TOKEN\nCMD a\n", "FROM a\nARG A\nCMD a\n", Safety.UNSAFE),
    ],
)
def test_fixes(before: str, after: str, safety: Safety) -> None:
    """A fix mounts, makes readable, requotes or removes; what changes how the image is built is to be looked at."""
    document = document_of(before, "Dockerfile", "dockerfile")
    [one] = every(document)
    [fix] = fixes.plan(one, document, project()).fixes
    assert fix.safety is safety
    text = apply_edits(document.data, [(edit.span, edit.text) for edit in fix.edits]).decode()
    assert text == after
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"FROM a\nRUN {MOUNT} pip install x\n",
        f"FROM a\nRUN {MOUNT} hf auth login --token {READ}\n",
        "FROM a\nARG HF_TOKEN\nCOPY $HF_TOKEN /x\n",
        "FROM a\nENV HF_TOKEN=$HF_TOKEN o N=1\n",
        f"FROM a\nRUN {MOUNT} curl -H 'A: \"{READ}\"' x\n",
        "FROM a\nRUN <<EOF\nhf download --token $HF_TOKEN\nEOF\n",
    ],
)
def test_what_is_left_to_the_user(text: str) -> None:
    """Where no edit is known to be right, the plan says what to do."""
    document = document_of(text, "Dockerfile", "dockerfile")
    plan = fixes.plan(every(document)[0], document, project())
    assert (plan.fixes, bool(plan.withheld)) == ((), True)


def test_check_and_fix(tmp_path: Path) -> None:
    """A file, the folder and a second run after the fix say the same, and the fix leaves nothing to fix."""
    text = 'FROM a\nRUN hf download --token "$HF_TOKEN" a/b\nARG GH_TOKEN\n'
    write(tmp_path, {"README.md": "---\nsdk: docker\n---\n", "Dockerfile": text})
    ran = unspill(tmp_path, "check", "--format", "json")
    assert [one["rule"] for one in ran.report["findings"]] == ["unmounted-secret", "secret-build-argument"]
    assert unspill(tmp_path, "check", "Dockerfile", "--format", "json").report["findings"] == ran.report["findings"]
    unspill(tmp_path, "fix", "--unsafe")
    assert unspill(tmp_path, "check", "--fail-on", "warning").code == 0


PARTS = (
    "FROM a AS b\n",
    "FROM b\n",
    "RUN ",
    MOUNT,
    ",env=",
    " ",
    "cat /run/secrets/X",
    "'",
    '"',
    "<<E\n",
    "\\\n",
    "$A_KEY",
    "ARG X_KEY\n",
    "USER é\n",
)


@given(st.lists(st.sampled_from(PARTS), max_size=20))
def test_any_text_is_read_in_bounds(parts: list[str]) -> None:
    """No text makes a check or a fix fail, and each finding is within it."""
    document = document_of("".join(parts), "Dockerfile", "dockerfile")
    for one in every(document):
        assert 0 <= one.span.start <= one.span.end <= len(document.data)
        fixes.plan(one, document, project())
