"""Texts of every encoding and line end, at the limits of size, and made to be slow."""

from __future__ import annotations

import codecs
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest
from unspill import rules

from tests.cli import unspill, write
from tests.faults.common import Started, check, found, held, leak, process, skipped
from tests.helpers import token
from tests.lsp.harness import capabilities, position
from tests.samples import sample

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.cli import Ran

T = token(1)


def starts(ran: Ran) -> dict[str, dict[str, int]]:
    """Where the one finding of each file starts, as the protocol counts lines and columns: from 0."""
    return {
        row["path"]: {"line": row["start"]["line"] - 1, "character": row["start"]["column"] - 1}
        for row in ran.report["findings"]
    }


def wanted(texts: dict[str, str]) -> dict[str, dict[str, int]]:
    """Where the token starts in each text, in code points: by a model that goes a character at a time."""
    return {name: position(text, text.index(T), "utf-32") for name, text in texts.items()}


def test_texts_that_end_where_others_begin(tmp_path: Path) -> None:
    """Files of no byte, of a mark alone and without a last line end: scanned, fixed or withheld, and masked."""
    folder = tmp_path / "r"
    ends = {"a.py": f'x = "{T}"', "b.txt": T, "c.sh": f"export HF_TOKEN={T}", "d.md": f"`{T}`", "e.yml": f"k: {T}"}
    marks = {f"mark{number}.py": mark for number, mark in enumerate((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, b"\xff"))}
    write(folder, {"empty.py": b"", "empty.ipynb": b"", "Dockerfile": b"", "unspill.toml": b"", **marks, **ends})
    ran = check(folder, values=[T])
    assert found(ran) == sorted(ends)
    assert ran.report["summary"]["files"] == 4 + len(marks) + len(ends)
    held(unspill(folder, "check", "-v"), T)
    said = " ".join(held(unspill(folder, "fix"), T).out.split())
    assert (folder / "a.py").read_text() == 'import os\n\nx = os.environ["HF_TOKEN"]'
    # A file that is the value, and a key that nothing expands, are withheld: a program may read them as they are.
    assert [name for name in ends if T in (folder / name).read_text()] == ["b.txt", "e.yml"]
    assert all((folder / name).read_text() == ends[name] for name in ("b.txt", "e.yml"))
    assert "The file contains only the value" in said
    assert "Variables may not be expanded here" in said
    assert (folder / ".env").read_text() == f"HF_TOKEN={T}\n"


ENCODINGS = {
    "bom.py": "utf-8-sig",
    "le-bom.py": "utf-16",
    "le.py": "utf-16-le",
    "be.py": "utf-16-be",
    "32-bom.py": "utf-32",
    "32-le.py": "utf-32-le",
    "32-be.py": "utf-32-be",
}
BIG_ENDIAN = {"be-bom.py": (codecs.BOM_UTF16_BE, "utf-16-be"), "32-be-bom.py": (codecs.BOM_UTF32_BE, "utf-32-be")}
DECLARED = {"latin.py": ("latin-1", "é"), "windows.py": ("cp1252", "€"), "japan.py": ("shift_jis", "日本")}


def test_encodings(tmp_path: Path) -> None:
    """With a mark, declared or told by its zero bytes: decoded, and the token found at its line and column."""
    folder = tmp_path / "r"
    text = f'# é日🙂\nprint("é日🙂", "{T}")\n' + "# more of it\n" * 40
    texts = dict.fromkeys([*ENCODINGS, *BIG_ENDIAN], text)
    write(folder, {name: text.encode(codec) for name, codec in ENCODINGS.items()})
    write(folder, {name: bom + text.encode(codec) for name, (bom, codec) in BIG_ENDIAN.items()})
    for name, (codec, char) in DECLARED.items():
        texts[name] = f'# -*- coding: {codec} -*-\nx = "{char}" "", "{T}"\n'
        write(folder, {name: texts[name].encode(codec)})
    ran = check(folder, values=[T])
    assert (starts(ran), skipped(ran)) == (wanted(texts), {})
    undeclared = {"plain.py": "é", "odd.py": "é"}
    write(folder, {"plain.py": f'x = "é", "{T}"\n'.encode("cp1252"), "odd.py": f'x = "{T}"\n'.encode("utf-16") + b"\n"})
    ran = check(folder, *undeclared, values=[T])
    assert sorted(found(ran)) == sorted(undeclared)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Broken UTF-8, encoded surrogates and late zero bytes hide nothing; an early zero makes a binary, and is said."""
    folder = tmp_path / "r"
    line = f'x = "{T}"\n'.encode()
    write(
        folder,
        {
            "broken.py": b'y = "\xff\xfe\xc3"\n' + line + b"\xf0\x9f",
            "surrogates.py": b'y = "\xed\xa0\x80\xed\xb0\x80"\n' + line,
            "same-line.py": b'y = "\xe2\x82", ' + line,
            "late.py": b"#" * 9000 + b"\n\0\0\n" + line,
            "early.py": b"\0\n" + line,
        },
    )
    ran = check(folder, values=[T])
    assert found(ran) == ["broken.py", "late.py", "same-line.py", "surrogates.py"]
    assert skipped(ran) == {"early.py": "binary"}
    broken = (folder / "same-line.py").read_bytes().decode("utf-8", "replace")
    assert starts(ran)["same-line.py"] == wanted({"a": broken})["a"]


LINE_ENDS = {
    "cr": "# 1\r# 2\rx = §\r",
    "mixed": "# 1\r\n# 2\r# 3\n\rx = §\r\n",
    "separators": "# 1\u2028# 2\u2029# 3\x85 4\nx = §\n",
    "feeds": "# 1\x0c\n\x0b# 2\x1c\x1d\x1e\nx = §\x0c\n",
    "blank": "\n\n\r\n\r\r\nx = §",
}


def test_lines_are_those_of_the_editor(tmp_path: Path) -> None:
    """Lines end at LF, CR LF and CR and nowhere else: on the command line, and in an editor over the protocol."""
    folder = tmp_path / "r"
    texts = {f"{name}.py": text.replace("§", f'"é🙂", "{T}"') for name, text in LINE_ENDS.items()}
    write(folder, {name: text.encode() for name, text in texts.items()})
    ran = check(folder, values=[T])
    assert starts(ran) == wanted(texts)
    with Started(folder, values=[T]) as editor:
        for name, text in texts.items():
            uri = (folder / name).as_uri()
            editor.open(uri, text)
            (one,) = editor.diagnostics(uri)
            assert one["range"]["start"] == position(text, text.index(T), "utf-16")


@pytest.mark.parametrize("unit", ["utf-8", "utf-16", "utf-32"])
def test_ranges_count_in_the_units_that_were_agreed_on(tmp_path: Path, unit: str) -> None:
    """Behind characters of every width, marks that combine and tabs, the range is the token's to the unit."""
    folder = tmp_path / "r"
    folder.mkdir()
    client = capabilities("vscode")
    client["general"]["positionEncodings"] = [unit]
    befores = [
        "",
        "\t\t",
        "é",
        "e\u0301",
        "🙂",
        "👩‍👩‍👧",
        "日\t🙂é",
        "\u202e",
        "\ufeff",
        "𐀀\U0010ffff",
        "\U0001f468\u200d" * 50,
    ]
    with Started(folder, client, values=[T]) as editor:
        assert editor.unit == unit
        for number, before in enumerate(befores):
            text = f'# 🙂\n{{"{before}": "{before}", "k": "{T}"}}  # {before}\n'
            uri = (folder / f"{number}.py").as_uri()
            editor.open(uri, text)
            (one,) = editor.diagnostics(uri)
            start = text.index(T)
            ends = {"start": position(text, start, unit), "end": position(text, start + len(T), unit)}
            assert one["range"] == ends


def test_files_at_the_limits_of_size(tmp_path: Path) -> None:
    """A minified line of 3 MB is searched to the column; a text of 100 MB is named as too large, without being read."""
    folder = tmp_path / "r"
    line = "var a=function(b){return b*2};" * 100_000
    text = f'{line}login("{T}");{line[:1000]}\n'
    write(folder, {"app.min.js": text})
    with (folder / "log.txt").open("wb") as file:
        file.write(b"a line of a log\n" * 1000)
        file.truncate(100_000_000)
    ran = check(folder, values=[T])
    assert (ran.code, starts(ran)) == (1, wanted({"app.min.js": text}))
    assert skipped(ran) == {"log.txt": "larger than 20000000 bytes"}
    assert check(folder, "log.txt").code == 3
    (line_shown,) = [one for one in held(unspill(folder, "check"), T).out.splitlines() if "login(" in one]
    assert len(line_shown) < 200


# Counts calls, of Python and of C, while a file with so many findings is checked.
_COUNTED = """
import sys
from unspill.cli import main
calls = 0
def counted(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")
main(["check", "-o", "warm.txt", "few.py"])
sys.setprofile(counted)
main(["check", "--format", "json", "-o", "report.json", "-j1", sys.argv[1]])
sys.setprofile(None)
print(calls)
"""


def test_many_findings(tmp_path: Path) -> None:
    """Twice as many findings are twice as much work, and every one of thousands is in the report."""
    folder = tmp_path / "r"

    def lines(count: int) -> str:
        return "".join(f'k{number} = "{token(number)}"\n' for number in range(count))

    write(folder, {"few.py": leak(2), "n.py": lines(150), "2n.py": lines(300), "many.txt": lines(2500)})
    once, twice = (int(process(folder, sys.executable, "-c", _COUNTED, name).out) for name in ("n.py", "2n.py"))
    assert twice < 2.2 * once
    # Some of the tokens happen to hold a word, and are taken for placeholders.
    assert len(found(check(folder, "many.txt", values=[T]))) > 2450


SIZE = 100_000
"""Bytes of a bait."""


def baits(every: int = 1) -> Iterable[str]:
    """Texts that are all beginning of a match: for each rule its own prefix, or its keywords as names."""
    for number, rule in enumerate(rules.load(rules.shipped())):
        if number % every:
            continue
        pattern = next(part for part, is_pattern in rules.pieces(rule.example[0]) if is_pattern)
        prefix = sample(pattern, Random(number))[:6] or "a"
        for piece in (prefix, *(f"{word}=" for word in rule.keywords[:1])):
            yield piece * (SIZE // len(piece))
    for piece in ("token=", "hf_", "a", '"', "'\"", "(", "key: ", "password=x;", "eyJ", "://a:", "-----BEGIN ", "= "):
        yield piece * (SIZE * 10 // len(piece))


_SCAN = """
import sys
from unspill.document import Document
from unspill.scan import Scanner
scanner = Scanner()
for number, line in enumerate(sys.stdin.buffer):
    scan = scanner.scan(Document(line, "a.py", "python"))
    assert not scan.incomplete, number
print(number + 1)
"""


@pytest.mark.parametrize("every", [50, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_no_rule_can_be_made_slow(tmp_path: Path, every: int) -> None:
    """A text of nothing but what a rule looks for, a hundred thousand times, is scanned to its end."""
    texts = list(baits(every))
    ran = process(tmp_path, sys.executable, "-c", _SCAN, stdin="\n".join(texts).encode())
    assert (ran.code, ran.out.strip()) == (0, str(len(texts))), ran.err
