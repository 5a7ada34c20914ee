"""Text for people: labels, questions and messages that only speak of a secret, in any language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.judge import paths

if TYPE_CHECKING:
    from unspill.engine.named import Named

# Of any script: no random value is in letters beyond ASCII.
_LETTER = r"[A-Za-z\u0080-\U0010ffff]"
_WORD = re.compile(rf"""["'(\[]*{_LETTER}+(?:['/&-]{_LETTER}+)*["')\].,;:!?]*""")
_HOLE = re.compile(r"\\[nrt]|\{\{?[\w.: ]*\}?\}|%(?:\d+\$)?[sd@]|&[a-z]+;")
"""A place in a text for a value, or an escaped character."""
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")
"""A letter beyond ASCII, as JSON writers like to write it."""
_PHRASE = re.compile(r"passphrase|mnemonic|seed|secret_?key", re.IGNORECASE)
"""Names of secrets that may well be words with blanks."""
_ENDS = (".", ":", "?", "…")
_SHARE = 2 / 3
"""With this share of words, a text with blanks is for people."""


def reason(named: Named, text: str, path: str) -> str:
    """Why `text`, which is not random, is for people to read, and no secret; "" if it may be one."""
    if named.name.startswith("-") or named.name.lower().startswith("identified"):
        return ""  # a command or a statement takes the value, even if it is a word: `--password word`
    if not named.quote and _in_sentence(named, text):
        return "word of a sentence"
    if _is_text(text) and not _PHRASE.search(named.name):
        return "text for people"
    if paths.is_translation(path):
        return "text in a file of translations"
    return ""


def _in_sentence(named: Named, text: str) -> bool:
    """Whether an unquoted value merely follows a name (`the password is`), or is followed by another word."""
    if not named.operator:
        return not any(char.isdigit() for char in text)
    follows_directly = named.operator == "=" and named.name_start + len(named.name.encode()) + 1 == named.start
    return not follows_directly and bool(_WORD.fullmatch(text) and re.match(rf" +{_LETTER}", named.after))


def _is_text(text: str) -> bool:
    """Whether a text is words with blanks, a word in letters beyond ASCII, or one that ends like a sentence."""
    text = _ESCAPED.sub("\u00e4", text)
    pieces = _HOLE.sub(" ", text).split()
    found = sum(_WORD.fullmatch(piece) is not None for piece in pieces)
    if len(pieces) > 1:
        return found >= _SHARE * len(pieces)
    return found > 0 and (not text.isascii() or text.endswith(_ENDS))
