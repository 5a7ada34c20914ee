"""Obfuscated tokens: split, encoded or escaped, they are found with their value and their place, and moved."""

from __future__ import annotations

import base64
import codecs
import os
from random import Random
from typing import TYPE_CHECKING

import pytest
from unspill import fixes
from unspill.document import Document, decode
from unspill.languages import language_of
from unspill.scan import Scanner

from tests.cli import unspill
from tests.helpers import applied, project
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

    from unspill.model import Finding

FAST, SLOW = Scanner(hyperscan=True, use_cache=False), Scanner(hyperscan=False, use_cache=False)
KINDS = {
    "huggingface-user-token": sample("hf_[A-Za-z]{34}", Random(5)),
    "groq-api-key": sample("gsk_[A-Za-z0-9]{20}", Random(6)) + "WGdyb3FY" + sample("[A-Za-z0-9]{24}", Random(7)),
    "replicate-api-token": sample("r8_[A-Za-z0-9]{37}", Random(8)),
}


def forms(token: str) -> dict[str, str]:
    """The ways to write a token that the sources below use."""
    codes = [ord(char) for char in token]
    return {
        "t": token, "head": token[:3], "tail": token[3:], "one": token[:9], "two": token[9:20], "three": token[20:],
        "back": token[::-1], "rot": codecs.encode(token, "rot13"), "b64": base64.b64encode(token.encode()).decode(),
        "b64n": base64.b64encode(f"{token}\n".encode()).decode(), "hex": token.encode().hex(),
        "HEX": token.encode().hex().upper(), "codes": ", ".join(map(str, codes)), "tight": ",".join(map(str, codes)),
        "chrs": " + ".join(f"chr({code})" for code in codes), "bytes": ", ".join(f"0x{code:02x}" for code in codes),
        "x": "".join(f"\\x{code:02x}" for code in codes), "u": "".join(f"\\u{code:04x}" for code in codes),
        "percent": token.replace("_", "%5F"), "entity": token.replace("_", "&#95;"), "u1": token.replace("_", "\\u005f"),  # noqa: E501
        "gaps": f"{token[:6]}#{token[6:12]}#{token[12:]}",
    }  # fmt: skip


# `<…>` marks the span.
PYTHON = [
    '"<{head}" + "{tail}>"', '"<{head}" "{tail}>"', "('<{one}'\n     '{two}'  # more\n     '{three}>')",
    '"".join(["<{head}", "{tail}>"])', "''.join(('<{one}', '{two}', '{three}>'))", '"<{back}>"[::-1]',
    '"".join(reversed("<{back}>"))', '"<{gaps}>".replace("#", "")', 'codecs.decode("<{rot}>", "rot13")',
    'base64.b64decode("<{b64}>").decode()', 'bytes.fromhex("<{hex}>").decode("utf-8")', "bytes([<{codes}>]).decode()",
    '"".join(map(chr, [<{codes}>]))', '"".join(chr(c) for c in [<{codes}>])', '"{{}}{{}}".format("<{head}", "{tail}>")',
    '"<{head}{{}}".format("{tail}>")', '"%s%s" % ("<{head}", "{tail}>")', "f\"<{head}{{'{tail}>'}}\"", '"<{x}>"',
]  # fmt: skip
ELSEWHERE = [
    ("a.js", 'const k = "<{head}" + "{tail}>";'), ("a.js", "k = ['<{head}', '{tail}>'].join('')"),
    ("a.js", "k = '<{back}>'.split('').reverse().join('')"), ("a.js", "k = atob('<{b64}>')"),
    ("a.js", "k = String.fromCharCode(<{tight}>)"), ("A.java", 'String k = "<{one}" +\n        "{two}"\n  + "{three}>";'),  # noqa: E501
    ("a.php", "$k = '<{head}' . '{tail}>';"), ("a.c", "char k[] = {{<{codes}>}};"), ("a.c", "char k[] = {{<{bytes}>}};"),  # noqa: E501
    ("a.sh", "export K='<{head}''{tail}>'"), ("secret.yaml", "data:\n  K: <{b64}>\n"), (".env", "K=<{b64n}>\n"),
    ("a.json", '{{"k": "<{b64}>"}}'), ("a.txt", "k: <{HEX}>"), ("a.txt", "https://h/?k=<{percent}>&b=1"),
    ("a.json", '{{"k": "<{u}>"}}'), ("a.json", '{{"k": "<{u1}>"}}'), ("a.html", "<p><{entity}></p>"),
]  # fmt: skip


def marked(template: str, token: str) -> tuple[bytes, int, int]:
    """A filled-in source, and where the marked span is."""
    start, end = template.index("<{"), template.index(">", template.index("<{"))
    head, body, tail = template[:start], template[start + 1 : end], template[end + 1 :]
    before, inner, after = (part.format(**forms(token)) for part in (head, body, tail))
    return (before + inner + after).encode(), len(before), len(before) + len(inner)


def computed(program: str) -> object:
    """What a program makes of its `k`."""
    names: dict[str, object] = {}
    exec(program, names)
    return names["k"]


def found(data: bytes, path: str, scanner: Scanner = FAST) -> tuple[Finding, ...]:
    """The findings in a file, generic ones left out."""
    findings = scanner.scan(Document(data, path, language_of(path).id)).findings
    return tuple(one for one in findings if not one.rule.startswith("generic-"))


@pytest.mark.parametrize("rule", KINDS)
@pytest.mark.parametrize(("path", "template"), [*(("app.py", f"k = {one}") for one in PYTHON), *ELSEWHERE])
def test_an_obfuscated_token_is_found_exactly(path: str, template: str, rule: str) -> None:
    """Value, rule and span are right, and both matchers agree."""
    data, start, end = marked(template, KINDS[rule])
    for scanner in (FAST, SLOW):
        assert [(one.rule, one.span, one.secret.reveal()) for one in found(data, path, scanner) if one.secret] == [
            (rule, (start, end), KINDS[rule])
        ]


@pytest.mark.parametrize("expression", PYTHON)
def test_a_fixed_program_computes_the_same(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole undoing expression is replaced; with the environment set, the value is the same, and nothing is left."""  # noqa: E501
    token = KINDS["huggingface-user-token"]
    data, *_ = marked(f"import base64, codecs, os\nk = {expression}\n", token)
    document = Document(data, "app.py", "python")
    (finding,) = found(data, "app.py")
    fix = fixes.plan(finding, document, project()).safe
    assert fix is not None
    after = applied(document, fix)
    assert found(after.encode(), "app.py") == ()
    monkeypatch.setitem(os.environ, fix.stores[0].name, fix.stores[0].secret.reveal())
    assert computed(after) == computed(data.decode()) == token == fix.stores[0].secret.reveal()


@pytest.mark.parametrize(
    "expression", ['"<{b64}>"', "'''\n<{b64}>\n'''", '"the key <{b64}> of it"', '"a <{hex}>"', '"""a <{x}>"""']
)
def test_a_program_that_undoes_nothing_keeps_what_it_has(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the code itself has the encoded text, that is what moves, be it all of a string or a part."""
    data, *_ = marked(f"k = {expression}\n", KINDS["huggingface-user-token"])
    document = Document(data, "app.py", "python")
    (finding,) = found(data, "app.py")
    fix = fixes.plan(finding, document, project()).safe
    assert fix is not None
    monkeypatch.setitem(os.environ, fix.stores[0].name, fix.stores[0].secret.reveal())
    assert computed(applied(document, fix)) == computed(data.decode())


WRAPPED = {
    "alone": ("{}", "\n"),
    "with Windows line ends": ("{}", "\r\n"),
    "in a block of YAML": ("  {}", "\n"),
    "in literals side by side": ('    "{}"', "\n"),
    "joined by plus signs": ('    "{}" +', "\n"),
    "with line ends written out": ('    "{}\\n"', "\n"),
}


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize(("line", "end"), WRAPPED.values(), ids=WRAPPED.keys())
@pytest.mark.parametrize("scanner", [FAST, SLOW], ids=["Hyperscan", "regex"])
def test_base_64_may_be_wrapped(line: str, end: str, width: int, scanner: Scanner) -> None:
    """A key file, or a token far into a file, is found in base 64 that is wrapped, from its first line to its last."""
    token = KINDS["huggingface-user-token"]
    for hidden, kind, value in (
        ("\n".join(key_lines(300)) + "\n", "private-key-pem", "\n".join(key_lines(300))),
        (f"GRADIO_SERVER_NAME=0.0.0.0\nGRADIO_SERVER_PORT=7860\nHF_TOKEN={token}\n", "huggingface-user-token", token),
    ):
        body = base64.b64encode(hidden.encode()).decode()
        lines = [body[at : at + width] for at in range(0, len(body), width)]
        text = "\n" + end.join(line.replace("{}", one) for one in lines) + end
        (finding,) = found(text.encode(), "build.txt", scanner)
        assert finding.secret is not None
        assert (finding.rule, finding.secret.reveal()) == (kind, value)


@pytest.mark.parametrize(("path", "template"), [one for one in ELSEWHERE if not one[0].endswith(".env")])
def test_elsewhere_no_fix_writes_the_plain_value_where_an_encoding_stood(path: str, template: str) -> None:
    """What undoes an obfuscation in other languages is not known: the reason explains the manual fix."""
    data, *_ = marked(template, KINDS["huggingface-user-token"])
    plan = fixes.plan(found(data, path)[0], Document(data, path, language_of(path).id), project())
    assert plan.fixes == ()
    assert "manually" in plan.withheld


@pytest.mark.parametrize(
    "source",
    [
        'k = "hf_" + name', 'k = ["hf_", "gsk_", "r8_"]', 'k = "hf_" + "…"', f'k = "x{KINDS["groq-api-key"]}"[::-1]',
        'text = "' + base64.b64encode(b"The quick brown fox jumps over the lazy dog, twice.").decode() + '"',
        'sha = "' + Random(1).randbytes(32).hex() + '"', 'x = "' + "".join(f"\\x{code:02x}" for code in range(32, 96)) + '"',  # noqa: E501
        "table = [" + ", ".join(map(str, range(45, 122))) + "]", "url = 'https://h/?q=a%2Fb%3Dc%5Fd'",
        'integrity="sha512-' + base64.b64encode(Random(2).randbytes(64)).decode() + '"',
        "src='data:image/png;base64," + base64.b64encode(Random(3).randbytes(3000)).decode() + "'",
        'k = "emarfteg_"[::-1] + "retteg_tluafed_yek_ipa_s"[::-1]', 'a="x"+"y"+"z";b="hf_"+"this_is_a_function_name"+c',
    ],
)  # fmt: skip
def test_look_alikes_stay_silent(source: str) -> None:
    """Encoded text, hashes, images, tables and plain string work hold no provider's token."""
    for scanner in (FAST, SLOW):
        assert found(source.encode(), "app.py", scanner) == ()


@pytest.mark.parametrize("source", ['"x = \\"{one}\\" + \\"{two}{three}\\"\\n"', '"x = \\"{back}\\"[::-1]\\n"'])
def test_an_obfuscated_token_in_a_notebook(source: str) -> None:
    """A cell's JSON is no obstacle, neither to finding nor to fixing."""
    token = KINDS["huggingface-user-token"]
    text = '{"cells": [{"cell_type": "code", "source": [' + source.format(**forms(token)) + "]}]}"
    (finding,) = found(text.encode(), "a.ipynb")
    assert finding.secret is not None
    assert finding.secret.reveal() == token
    document = Document(text.encode(), "a.ipynb", "notebook")
    fix = fixes.plan(finding, document, project()).safe
    assert fix is not None
    assert token[9:20] not in applied(document, fix)


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_wide_encodings(codec: str, tmp_path: Path) -> None:
    """UTF-16 with and without a mark, and UTF-32, are scanned and fixed; columns count code points."""
    token = KINDS["huggingface-user-token"]
    path = tmp_path / "app.py"
    text = f'# 🤗 é\nimport os\nx = "🤗", "{token}"\n'
    path.write_bytes(text.encode(codec))
    assert decode(path.read_bytes())[0] == text.encode()
    done = unspill(tmp_path, "check", "--format", "json", "app.py")
    (row,) = done.report["findings"]
    assert (row["start"], row["end"]) == ({"line": 3, "column": 11}, {"line": 3, "column": 48})
    unspill(tmp_path, "fix", "app.py")
    assert token not in path.read_bytes().decode(codec)
    assert token in (tmp_path / ".env").read_text(encoding="utf-8")


def key_lines(size: int) -> list[str]:
    """The lines of a made-up private key whose DER takes `size` bytes."""
    der = b"\x30\x82" + size.to_bytes(2, "big") + Random(size).randbytes(size)
    body = base64.b64encode(der).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return ["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"]


KEYS_IN_TEXT = {
    "plain": ("{}", "\n"),
    "behind the times of a log": ("2026-01-0{n} 12:00:0{n} {}", "\n"),
    "behind the steps of a build": ("#6 0.24{n} {}", "\r\n"),
    "in a log within JSON": ("#6 0.24{n} {}", r"\r\n"),
    "joined at the ends of lines": ('  "{}\\n" +', "\n"),
    "joined at the beginnings of lines": ('  + "{}\\n"', "\n"),
    "in a diff": ("+{}", "\n"),
}


@pytest.mark.parametrize("size", [300, 4700])
@pytest.mark.parametrize(("line", "end"), KEYS_IN_TEXT.values(), ids=KEYS_IN_TEXT.keys())
@pytest.mark.parametrize("scanner", [FAST, SLOW], ids=["Hyperscan", "regex"])
def test_a_private_key_is_found_in_what_its_lines_stand_in(line: str, end: str, size: int, scanner: Scanner) -> None:
    """A key of any usual size is found whole, from its first line to its last, whatever each line begins with."""
    lines = key_lines(size)
    text = "\n" + end.join(line.replace("{n}", str(at % 9)).replace("{}", one) for at, one in enumerate(lines)) + end
    (finding,) = found(text.encode(), "build.txt", scanner)
    assert finding.rule == "private-key-pem"
    assert (finding.span.start, finding.span.end) == (text.index(lines[0]), text.index(lines[-1]) + len(lines[-1]))
