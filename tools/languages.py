"""Writes what is listed from the table of languages: the lists of the editors, and docs/languages.md.

    python -m tools.languages           write them
    python -m tools.languages --check   name those that are stale; the exit code is 1 if there are any

Neovim and Sublime Text list no languages. Of a file that is also written by hand, the list alone is replaced.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from unspill.languages import LANGUAGES, TEXT, Language

ROOT = Path(__file__).resolve().parent.parent
# Helix knows no plain text: what it does not know is defined with the first of these keys.
_OF_HELIX = {"text": 'scope = "text.plain"\nfile-types = ["txt"]\n'}


def stale() -> dict[Path, str]:
    """The files that do not say what the table says, and what they should."""
    found = {}
    for name, write in WRITERS.items():
        path = ROOT / name
        before = path.read_text("utf-8")
        after = write(before)
        if after != before:
            found[path] = after
    return found


def _vscode(before: str) -> str:
    manifest = json.loads(before)
    ids = [name for language in LANGUAGES for name in language.editors.ids]
    manifest["activationEvents"] = [*(f"onLanguage:{name}" for name in ids), "onStartupFinished"]
    return _json(manifest)


def _helix(before: str) -> str:
    tables = [
        f'[[language]]\nname = "{name}"\n{_OF_HELIX.get(name, "")}'
        f"language-servers = {json.dumps([*servers, 'unspill'])}\n"
        for language in LANGUAGES
        for name, *servers in language.editors.helix
    ]
    return before[: before.index("[[language]]")] + "\n".join(tables)


def _zed(before: str) -> str:
    names = dict(pair for language in LANGUAGES for pair in language.editors.zed)
    listed = "".join(f'  "{name}",\n' for name in names)
    ids = "".join(f'"{name}" = "{one}"\n' for name, one in names.items())
    text = _replaced(before, r"(?<=\nlanguages = \[\n).*?(?=\]\n)", listed)
    return _replaced(text, r"(?<=\[language_servers\.unspill\.language_ids\]\n).*", ids)


def _kate(before: str) -> str:
    modes = "|".join(name for language in LANGUAGES for name in language.editors.kate)
    return _replaced(before, r'(?<="highlightingModeRegex": "\^\().*?(?=\)\$")', modes)


def _emacs(before: str) -> str:
    modes = "\n    ".join(" ".join(language.editors.emacs) for language in LANGUAGES if language.editors.emacs)
    return _replaced(before, r"(?<=\(defconst unspill-modes\n  '\()[^)]*", modes)


def _jetbrains(before: str) -> str:
    template = json.loads(before)
    template["fileTypeMappings"] = [
        {
            "fileType": {"name": language.id, "patterns": _patterns(language)},
            "languageId": language.editors.ids[0],
        }
        for language in LANGUAGES
        if language.editors.ids and _patterns(language)
    ]
    return _json(template)


def _docs(before: str) -> str:
    rows = [_row(language) for language in LANGUAGES]
    head = "| Language | Files | Kind | Comment | Fixes |\n|---|---|---|---|---|\n"
    return before[: before.index("| Language |")] + head + "".join(rows)


def _row(language: Language) -> str:
    files = " ".join(f"`{pattern}`" for pattern in _patterns(language)) or "any other"
    comment = f"`{language.comment.before}…{language.comment.after}`" if language.comment else "–"
    fixes = "if the consuming program is known" if language.fixer == TEXT.fixer else "language-specific"
    return f"| {language.id} | {files} | {language.kind.value} | {comment} | {fixes} |\n"


def _patterns(language: Language) -> list[str]:
    """The names of a language's files, as people write them; capitals do not matter."""
    return [
        *(f"*{suffix}" for suffix in language.suffixes),
        *(name.capitalize() for name in language.names),
        *(f"{prefix.capitalize()}*" for prefix in language.prefixes),
    ]


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _replaced(text: str, pattern: str, by: str) -> str:
    """`text` with the one match of `pattern` replaced. Raises ValueError."""
    made, count = re.subn(pattern, lambda _: by, text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{pattern} matches {count} times")
    return made


WRITERS = {
    "docs/languages.md": _docs,
    "editors/emacs/unspill.el": _emacs,
    "editors/helix/languages.toml": _helix,
    "editors/jetbrains/template.json": _jetbrains,
    "editors/kate/settings.json": _kate,
    "editors/vscode/package.json": _vscode,
    "editors/zed/extension.toml": _zed,
}


def main(arguments: list[str]) -> int:
    """Write what is stale, or with `--check` only name it."""
    found = stale()
    for path, text in found.items():
        print(path.relative_to(ROOT).as_posix())
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
