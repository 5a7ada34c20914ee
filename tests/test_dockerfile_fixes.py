"""The fixes of every shape in Dockerfiles; ids as in `shapes.py`."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from unspill.fixes import dockerfile

from tests.helpers import MemoryTree, document_of, finding_at, fixed, project, token

if TYPE_CHECKING:
    from unspill.model import Plan

T = token(1)
MOUNT = "--mount=type=secret,id=HF_TOKEN,mode=0444"
CAT = "$(cat /run/secrets/HF_TOKEN)"
HELPER = f'!f() {{ test "$1" = get && echo username=me && echo "password={CAT}"; }}; f'

CASES = {
    "B-1 the only pair": (f"FROM a\nENV HF_TOKEN={T}\nRUN ls\n", "FROM a\nRUN ls\n"),
    "B-1 legacy form": (f"FROM a\nENV HF_TOKEN {T}\nRUN ls\n", "FROM a\nRUN ls\n"),
    "B-1 first pair": (f"FROM a\nENV HF_TOKEN={T} A=1\n", "FROM a\nENV A=1\n"),
    "B-1 middle pair": (f'FROM a\nENV A=1 HF_TOKEN="{T}" B=2\n', "FROM a\nENV A=1 B=2\n"),
    "B-1 continued": (f"FROM a\nENV A=1 \\\n    HF_TOKEN='{T}' \\\n    B=2\n", "FROM a\nENV A=1 \\\n    B=2\n"),
    "B-1 continued, last": (f"FROM a\nENV A=1 \\\n    HF_TOKEN={T}\n", "FROM a\nENV A=1\n"),
    "B-1 CRLF": (f"FROM a\r\nENV HF_TOKEN={T}\r\nRUN ls\r\n", "FROM a\r\nRUN ls\r\n"),
    "B-1 at the end": (f"FROM a\nENV HF_TOKEN={T}", "FROM a\n"),
    "B-1 used by the build": (
        f'FROM a\nENV HF_TOKEN={T}\nRUN curl -H "x: $HF_TOKEN" h\nCMD echo $HF_TOKEN\n',
        f'FROM a\nRUN {MOUNT} export HF_TOKEN="{CAT}" && curl -H "x: $HF_TOKEN" h\nCMD echo $HF_TOKEN\n',
    ),
    "B-2": (f"FROM a\nARG HF_TOKEN={T}\nENV HF_TOKEN=${{HF_TOKEN}}\nRUN ls\n", "FROM a\nRUN ls\n"),
    "B-2 global": (f"ARG HF_TOKEN={T}\nFROM a\nARG HF_TOKEN\nENV HF_TOKEN=$HF_TOKEN\n", "FROM a\n"),
    "B-3 alone": (f"FROM a\nRUN huggingface-cli login --token {T}\nRUN ls\n", "FROM a\nRUN ls\n"),
    "B-3 in a chain": (
        f"FROM a\nRUN pip install x && hf auth login --token {T} && hf download o/m\n",
        f'FROM a\nRUN {MOUNT} export HF_TOKEN="{CAT}" && pip install x && hf download o/m\n',
    ),
    "B-3 needed later": (
        f"FROM a\nRUN huggingface-cli login --token {T}\nRUN hf download o/m\n",
        f'FROM a\nRUN {MOUNT} export HF_TOKEN="{CAT}" && hf download o/m\n',
    ),
    "B-4 double quotes": (
        f'FROM a\nRUN wget --header="Authorization: Bearer {T}" https://h/x\n',
        f'FROM a\nRUN {MOUNT} wget --header="Authorization: Bearer {CAT}" https://h/x\n',
    ),
    "B-4 single quotes": (
        f"FROM a\nRUN curl -H 'Authorization: Bearer {T}' \\\n    -o 'a b' https://h/x\n",
        f"FROM a\nRUN {MOUNT} curl -H \"Authorization: Bearer {CAT}\" \\\n    -o 'a b' https://h/x\n",
    ),
    "B-4 escapes": (
        f'FROM a\nRUN curl -d \'{{"t":"{T}","c":"$5"}}\' h\n',
        f'FROM a\nRUN {MOUNT} curl -d "{{\\"t\\":\\"{CAT}\\",\\"c\\":\\"\\$5\\"}}" h\n',
    ),
    "B-4 prefix": (
        f"FROM a\nRUN HF_TOKEN={T} python get.py\n",
        f'FROM a\nRUN {MOUNT} HF_TOKEN="{CAT}" python get.py\n',
    ),
    "B-4 assignment": (
        f'FROM a\nRUN set -e; t={T}; curl -H "a: $t" h\n',
        f'FROM a\nRUN {MOUNT} set -e; t="$(cat /run/secrets/HF_TOKEN || true)"; curl -H "a: $t" h\n',
    ),
    "B-4 mounted already": (
        f'FROM a\nRUN --mount=type=secret,id=HF_TOKEN curl "{CAT}" {T}\n',
        f'FROM a\nRUN --mount=type=secret,id=HF_TOKEN curl "{CAT}" "{CAT}"\n',
    ),
    "B-4 other mounts": (
        f"FROM a\nRUN --mount=type=cache,target=/c curl {T}\n",
        f'FROM a\nRUN {MOUNT} --mount=type=cache,target=/c curl "{CAT}"\n',
    ),
    "B-4 heredoc script": (
        f"FROM a\nRUN <<EOF\nset -e\ncurl -H 'x: {T}' h\nEOF\nRUN ls\n",
        f'FROM a\nRUN {MOUNT} <<EOF\nset -e\ncurl -H "x: {CAT}" h\nEOF\nRUN ls\n',
    ),
    "B-5": (
        f"FROM a\nRUN git clone https://me:{T}@huggingface.co/o/r\n",
        f"FROM a\nRUN {MOUNT} git -c credential.helper= -c credential.helper='{HELPER}' clone https://huggingface.co/o/r\n",
    ),
    "B-6": (
        f"FROM a\nRUN pip install git+https://{T}@github.com/o/r\n",
        f'FROM a\nRUN {MOUNT} pip install "git+https://{CAT}@github.com/o/r"\n',
    ),
    "B-8": (
        f'FROM a\nCMD ["python", "app.py", "--token", "{T}"]\n',
        'FROM a\nCMD exec python app.py --token "${HF_TOKEN:?}"\n',
    ),
    "B-8 quoting": (
        f'FROM a\nCMD ["python", "a b.py", "--url=h?a=$1&t={T}"]\n',
        "FROM a\nCMD exec python 'a b.py' \"--url=h?a=\\$1&t=${HF_TOKEN:?}\"\n",
    ),
    "B-8 sh -c": (
        f'FROM a\nENTRYPOINT ["sh", "-c", "python app.py --token {T}"]\n',
        'FROM a\nENTRYPOINT ["sh", "-c", "python app.py --token \\"${HF_TOKEN:?}\\""]\n',
    ),
    "B-8 shell form": (
        f"FROM a\nCMD python app.py --token {T}\n",
        'FROM a\nCMD python app.py --token "${HF_TOKEN:?}"\n',
    ),
    "B-10 label": (f"FROM a\nLABEL token={T}\n", "FROM a\nLABEL token=<HF_TOKEN>\n"),
    "B-10 healthcheck": (
        f"FROM a\nHEALTHCHECK CMD curl -H 'a: {T}' h\n",
        'FROM a\nHEALTHCHECK CMD curl -H "a: ${HF_TOKEN:?}" h\n',
    ),
    "B-10 onbuild": (f"FROM a\nONBUILD RUN curl {T}\n", f'FROM a\nONBUILD RUN {MOUNT} curl "{CAT}"\n'),
    "B-10 comment": (f"# {T}\nFROM a\n", "# <HF_TOKEN>\nFROM a\n"),
    "B-11 another stage keeps its own": (
        f"FROM a AS b\nENV HF_TOKEN={T}\nFROM c\nRUN echo $HF_TOKEN\n",
        "FROM a AS b\nFROM c\nRUN echo $HF_TOKEN\n",
    ),
    "B-11 a stage built on it": (
        f"FROM a AS b\nENV HF_TOKEN={T}\nFROM b\nRUN echo $HF_TOKEN\n",
        f'FROM a AS b\nFROM b\nRUN {MOUNT} export HF_TOKEN="{CAT}" && echo $HF_TOKEN\n',
    ),
}

WITHHELD = {
    "exec form of RUN": f'FROM a\nRUN ["curl", "{T}"]\n',
    "exec form beside an ENTRYPOINT": f'FROM a\nENTRYPOINT ["e"]\nCMD ["python", "{T}"]\n',
    "B-9 heredoc into a file": f"FROM a\nRUN cat <<EOF > /root/.netrc\npassword {T}\nEOF\n",
    "B-9 echo into a file": f'FROM a\nRUN echo "HF_TOKEN={T}" > .env\n',
    "B-9 echo into tee": f"FROM a\nRUN echo {T} | tee f\n",
    "a setting that is kept": f"FROM a\nRUN pip config set global.index-url https://u:{T}@h/simple\n",
    "ADD": f"FROM a\nADD https://u:{T}@h/x /x\n",
    "another shell": f'FROM a\nSHELL ["powershell", "-command"]\nRUN curl {T}\n',
    "a heredoc for another program": f"FROM a\nRUN <<EOF\n#!/usr/bin/env python3\nprint('{T}')\nEOF\n",
    "an ENV that COPY needs": f"FROM a\nENV HF_TOKEN={T}\nCOPY $HF_TOKEN /x\n",
    "an ENV with a pair that is none": f"FROM a\nENV HF_TOKEN={T} o N=1\n",
    "another ENV with a pair that is none": f"ARG HF_TOKEN={T}\nENV HF_TOKEN=$HF_TOKEN o N=1\n",
    "an ENV of parts": f"FROM a\nENV U=https://$X:{T}@h\n",
    "the quoted form that the grammar does not know": f'FROM a\nENV "HF_TOKEN"="{T}"\nRUN [\n',
}


def plan(source: str, **stored: str) -> Plan:
    """All that can be done about the token in a Dockerfile."""
    document = document_of(source, "Dockerfile", "dockerfile")
    return dockerfile.plan(finding_at(document, T), document, project(MemoryTree(), **stored))


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_rows(before: str, after: str) -> None:
    """Each shape is fixed as expected, and every other byte stays."""
    document = document_of(before, "Dockerfile", "dockerfile")
    assert fixed(dockerfile.plan, document, finding_at(document, T)) == after


@pytest.mark.parametrize("source", WITHHELD.values(), ids=WITHHELD)
def test_withheld(source: str) -> None:
    """Where no form is safe there is no fix, and the reason holds no value."""
    made = plan(source)
    assert not made.fixes
    assert made.withheld
    assert T not in made.withheld


@pytest.mark.parametrize("command", ["pip config", "git config", "npm login", "echo", "cat"])
def test_the_layer_that_keeps_a_value_is_named(command: str) -> None:
    """What writes the value to a file of the image is named, with the line of the instruction that makes the layer."""
    written = {"echo": f"echo {T} > /f", "cat": f"cat <<EOF > /f\n{T}\nEOF"}.get(command, f"{command} {T}")
    made = plan(f"FROM a\nRUN true && \\\n  {written}\n" if command != "cat" else f"FROM a\nRUN {written}\n")
    assert f"`{command}` bakes the value into the image layer from line 2" in made.withheld


@pytest.mark.parametrize("name", [name for name, (_, after) in CASES.items() if "RUN --mount" in after])
def test_a_build_without_the_secret_goes_on(name: str) -> None:
    """A duplicate has no secrets: no mount is required, and no shell stops, not even one that stops at errors."""
    after = CASES[name][1]
    assert "required" not in after
    scripts = re.findall(r"^RUN --mount=type=secret\S+ (?!<<|--)((?:[^\n]|\\\n)*)$", after, re.MULTILINE)
    for script in scripts:
        stubs = 'for c in curl wget hf git pip python; do eval "$c() { :; }"; done; '
        ran = subprocess.run(["sh", "-ec", stubs + script], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr


def test_whole_url_of_an_env_is_stored() -> None:
    """Deleting an ENV whose value only contains the secret stores all of the value under the ENV's name."""
    source = f"FROM a\nENV DATABASE_URL=postgres://u:{T}@db/x\n"
    document = document_of(source, "Dockerfile", "dockerfile")
    made = dockerfile.plan(finding_at(document, T), document, project())
    assert made.safe is not None
    assert [(stored.name, stored.secret.reveal()) for stored in made.safe.stores] == [
        ("DATABASE_URL", f"postgres://u:{T}@db/x")
    ]


def test_env_under_another_name_is_left() -> None:
    """An ENV whose value is declared under another name is not deleted, since its readers would find nothing."""
    assert "HF_TOKEN" in plan(f"FROM a\nENV OTHER_NAME={T}\n", HF_TOKEN=T).withheld


def test_two_secrets_in_one_run() -> None:
    """The second fix of a RUN works on what the first one left."""
    other = token(2)
    source = f"FROM a\nRUN curl -H 'a: {T}' -H 'b: {other}' h\n"
    document = document_of(source, "Dockerfile", "dockerfile")
    where = project()
    once = document_of(fixed(dockerfile.plan, document, finding_at(document, T), where), "Dockerfile", "dockerfile")
    twice = fixed(dockerfile.plan, once, finding_at(once, other), where)
    assert twice.count("--mount=") == 2
    assert '"b: $(cat /run/secrets/HF_TOKEN_2)"' in twice
