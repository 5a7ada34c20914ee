"""The fixes of every shape in shell scripts (ids as in `shapes.py`); the words of a command stay the same."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unspill import syntax
from unspill.document import apply_edits
from unspill.fixes import shell
from unspill.model import Span

from tests.helpers import applied, document_of, finding_at, fixed, project, token

T = token(1)

CASES = {
    "C-1": (f"HF_TOKEN={T} python app.py\n", "python app.py\n"),
    "C-1 another": (f"A=1 HF_TOKEN='{T}' python app.py\n", "A=1 python app.py\n"),
    "C-2": (f"huggingface-cli login --token {T}\n", 'huggingface-cli login --token "${HF_TOKEN:?}"\n'),
    "C-2 with =": (f"x --token={T} y\n", 'x --token="${HF_TOKEN:?}" y\n'),
    "C-3": (
        f"curl -H 'Authorization: Bearer {T}' h\n",
        'curl -H "Authorization: Bearer ${HF_TOKEN:?}" h\n',
    ),
    "C-3 escapes": (f"curl -d 'a$b`c\"d\\e {T}'\n", 'curl -d "a\\$b\\`c\\"d\\\\e ${HF_TOKEN:?}"\n'),
    "C-4": (f"git push https://u:{T}@h/x main\n", 'git push "https://u:${HF_TOKEN:?}@h/x" main\n'),
    "B-13": (f"#!/bin/sh\nexport HF_TOKEN={T}\npython app.py\n", "#!/bin/sh\npython app.py\n"),
    "B-13 with others": (f"export A=1 HF_TOKEN={T} B=2\n", "export A=1 B=2\n"),
    "B-13 CRLF": (f"export HF_TOKEN={T}\r\nls\r\n", "ls\r\n"),
    "B-13 only statement": (
        f"if x; then\n  export HF_TOKEN={T}\nfi\n",
        'if x; then\n  : "${HF_TOKEN:?Set the HF_TOKEN secret}"\nfi\n',
    ),
    "B-13 in a chain": (
        f"export HF_TOKEN={T} && ls\n",
        ': "${HF_TOKEN:?Set the HF_TOKEN secret}" && ls\n',
    ),
    "B-13 inside": (f"f() {{\n  export HF_TOKEN={T}\n  ls\n}}\n", "f() {\n  ls\n}\n"),
    "another name": (f"export TOKEN_FOR_IT={T}\n", 'export TOKEN_FOR_IT="${HF_TOKEN:?}"\n'),
    "plain variable": (f"HF_TOKEN={T}\n", ': "${HF_TOKEN:?Set the HF_TOKEN secret}"\n'),
    "local variable": (f"f() {{ local t={T}; }}\n", 'f() { local t="${HF_TOKEN:?}"; }\n'),
    "default": (f'X="${{HF_TOKEN:-{T}}}"\n', 'X="${HF_TOKEN:?}"\n'),
    "default of another": (f"X=${{TOKEN_FOR_IT-{T}}}\n", "X=${TOKEN_FOR_IT-${HF_TOKEN:?}}\n"),
    "heredoc": (f"cat <<EOF\npassword {T}\nEOF\n", "cat <<EOF\npassword ${HF_TOKEN:?}\nEOF\n"),
    "here-string": (f"x <<< '{T}'\n", 'x <<< "${HF_TOKEN:?}"\n'),
    "ANSI C quotes": (f"x $'a\\n{T}b'\n", "x $'a\\n'\"${HF_TOKEN:?}\"$'b'\n"),
    "substitution": (f"x \"$(y '{T}')\"\n", 'x "$(y "${HF_TOKEN:?}")"\n'),
    "loop": (f"for t in {T} b; do x; done\n", 'for t in "${HF_TOKEN:?}" b; do x; done\n'),
    "half an assignment": (f"{T}\n", '"${HF_TOKEN:?}"\n'),
    "comment": (f"ls # {T}\n", "ls # <HF_TOKEN>\n"),
}

WITHHELD = {
    "quoted heredoc": f"cat <<'EOF'\n{T}\nEOF\n",
    "backticks": f"x=`curl '{T}'`\n",
    "half typed": f"curl 'x {T}\n",
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_rows(before: str, after: str) -> None:
    """Each shape is fixed as expected, and every other byte stays."""
    document = document_of(before, "start.sh", "shell")
    where = project(HF_TOKEN=T) if "TOKEN_FOR_IT" in before else project()
    assert fixed(shell.plan, document, finding_at(document, T), where) == after


@pytest.mark.parametrize("source", WITHHELD.values(), ids=WITHHELD)
def test_withheld(source: str) -> None:
    """Where the shell expands nothing there is no fix, and the reason holds no value."""
    document = document_of(source, "start.sh", "shell")
    made = shell.plan(finding_at(document, T), document, project())
    assert not made.fixes
    assert made.withheld
    assert T not in made.withheld


@pytest.mark.parametrize("source", [f":\nf(a={T}\nf", f"f x(HF_TOKEN={T}\n", f"f (A=1 HF_TOKEN={T} g)\nf\n"])
def test_an_assignment_within_the_words_of_a_command(source: str) -> None:
    """It belongs to the command that it stands directly before, and to none that only is around it."""
    document = document_of(source, "start.sh", "shell")
    made = shell.plan(finding_at(document, T), document, project())
    assert made.fixes or made.withheld
    for fix in made.fixes:
        assert applied(document, fix).startswith(source[:2])


def test_deleting_an_export_can_be_refused() -> None:
    """An export that is deleted by preference can also be turned into a check, or into an expansion."""
    document = document_of(f"export HF_TOKEN={T}\nls\n", "start.sh", "shell")
    made = shell.plan(finding_at(document, T), document, project())
    assert [applied(document, fix) for fix in made.fixes] == [
        "ls\n",
        ': "${HF_TOKEN:?Set the HF_TOKEN secret}"\nls\n',
        'export HF_TOKEN="${HF_TOKEN:?}"\nls\n',
    ]
    assert [fix.preferred for fix in made.fixes] == [True, False, False]


def test_two_secrets_in_one_string() -> None:
    """The fixes of two secrets in one single-quoted string share their quote changes and touch nothing else twice."""
    other = token(2)
    document = document_of(f"curl -H '$ {T} {other}'\n", "start.sh", "shell")
    where = project()
    plans = [shell.plan(finding_at(document, value), document, where) for value in (T, other)]
    edits = {(edit.span, edit.text) for plan in plans for edit in plan.fixes[0].edits}
    assert apply_edits(document.data, edits).decode() == 'curl -H "\\$ ${HF_TOKEN:?} ${HF_TOKEN_2:?}"\n'


def words(script: bytes) -> bytes:
    """The words that a shell makes of `printf` arguments, with the secret in the environment."""
    environment = {"HF_TOKEN": T, "PATH": "/usr/bin:/bin", "V": "two words"}
    return subprocess.run(["sh", "-c", script], capture_output=True, env=environment, check=True).stdout


TEXT = st.text(st.sampled_from("ab $`\"'\\!*?{}()[]<>|&;#~=-%@:/\n\té"), max_size=12)


@given(before=TEXT, after=TEXT, style=st.sampled_from(["single", "double", "bare"]))
def test_words_stay(before: str, after: str, style: str) -> None:
    """Whatever stands around the secret, and however it is quoted, the command gets the same words as before."""
    if style == "single":
        word = shlex.quote(f"{before}{T}{after}")
    elif style == "double":
        escaped = [
            part.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
            for part in (before, after)
        ]
        word = f'"{escaped[0]}{T}{escaped[1]}"'
    else:
        word = f"{shlex.quote(before)}{T}{shlex.quote(after)}"
    script = f"printf '%s|' x {word} \"$V\" y\n".encode()
    start = script.index(T.encode())
    assume(not syntax.parse(script, "bash").has_error)
    changes = shell.rewrite(script, Span(start, start + len(T)), "${HF_TOKEN:?}")
    assert changes is not None
    rewritten = apply_edits(script, changes)
    assert T.encode() not in rewritten
    assert words(rewritten) == words(script)
