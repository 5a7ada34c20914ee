"""The features of a named value: each has a weight, and the words for it in a reason.

Three kinds: name, place and look. The weight of a look depends on whether the name denotes a password, a key or another
secret. Where features are degrees of one thing, their weights follow the same order (`ORDERED`).
"""

from __future__ import annotations

from enum import Enum
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ALWAYS = "always"
"""The feature of every value: its weight is the initial score."""
PASSWORD, KEY, SECRET = FAMILIES = ("password", "key", "secret")
"""The families of values by name; prefixes of the features of the look."""

# Words of names. Each is a feature of its own; the last word of a name says what the value is.
SAYS = tuple(
    """
    password passwd pwd pass passphrase passcode pw senha secret credential credentials cred creds key keys
    token tokens apikey auth bearer authorization authentication salt nonce api access private client refresh
    admin root db database user session signing encryption master app oauth jwt id aws basic webhook account
    service consumer public new old current confirm confirmation confirmed hash hashed encrypted
    """.split()
)
ALONE = ("key", "token", "auth", "pass", "secret")
QUOTED, BARE = QUOTING = ("quoted", "unquoted")
OPERATORS = ("=", ":", ":=", "=>", "==", "!=", "===", "!==", ",", "(", ">", "a space", "is", "value=", "value:")
KINDS = ("code", "configuration", "prose")
LENGTHS = (
    "1 to 3 characters", "4 or 5 characters", "6 or 7 characters", "8 to 11 characters", "12 to 15 characters",
    "16 to 23 characters", "24 to 39 characters", "40 to 79 characters", "80 or more characters",
)  # fmt: skip
READINGS = ("word-like", "somewhat word-like", "barely word-like", "not word-like", "random characters")
SHARES = ("made of words", "mostly words", "contains a word")


class _Feature(Enum):
    """A feature: its words, with `{}` for each parameter, a sentence, and the values of the parameters."""

    def __init__(self, words: str, sentence: str, *about: tuple[str, ...]) -> None:
        self.words = words
        self.sentence = sentence
        self.about = about

    def __call__(self, *about: str) -> str:
        """The words of the feature, with parameters filled in."""
        return self.words.format(*about) if about else self.words

    def each(self) -> Iterator[str]:
        """The words for all values of the parameters."""
        return (self(*about) for about in product(*self.about))


class NameFeature(_Feature):
    """Features of a name."""

    URL = "password in a URL", "It is between a user name and a host."
    SAYS = "name contains {}", "The word is part of the name.", SAYS
    ALONE = "name is just {}", "The name is this word.", ALONE
    ABOUT_ELSE = "name of something else", "Its last word denotes a name, path, size, message or the like."
    LANGUAGE_MODELS = (
        "tokenizer, pagination or storage term in the name",
        "Its tokens and keys are those of a vocabulary, a cursor, a table or a store.",
    )
    WHOSE = "name mentions a service", "It has an uncommon word, usually that of a service."
    MADE_UP = "name suggests a fake value", "It contains fake, wrong, sample or the like."
    LONG = "long name", "It has more than four words."
    CAPITALS = "upper-case name", "It is written like a constant."
    ONE_WORD = "one-word name", "It is a single word, other than those weighed on their own."


class ContextFeature(_Feature):
    """Features of a place."""

    HOW = "{}", "Whether a value that is not random is quoted.", QUOTING
    BEHIND = "after {}", "What joins name and value.", OPERATORS
    IN = "{} in {}", "The kind of file, by its suffix, of a value that is not random.", QUOTING, KINDS
    BACKTICKS = "in backticks", "The quotes are those of a template or of Markdown."
    ESCAPED = "in escaped quotes", "The quotes are inside a string."
    CODE_FOLLOWS = "unquoted in code, followed by code", "Code punctuation follows."
    ARGUMENT = "command-line option", "The name starts with a hyphen."
    READ = "argument of a lookup call", "The value is passed to a call that reads, changes or searches."
    CALL = "argument of a call", "The value is passed to another call."
    EXPRESSION = "part of an expression", "An operator or a method follows the quotes."
    FAR = "far into a line", "More than 120 characters precede it."
    COMMENT = "in a comment", "Its line starts like a comment."
    HEADER = "request header", "A header option of curl precedes it."


class ValueFeature(_Feature):
    """Features of the look of a value."""

    LENGTH = "{}", "How long it is.", LENGTHS
    DIGITS = "digits only", "It is a number."
    LOWER = "lower-case letters only", "No upper-case letters, digits or symbols."
    CAPITALS = "upper-case letters only", "No lower-case letters, digits or symbols."
    LETTERS = "letters only", "Mixed-case letters."
    LETTERS_DIGITS = "letters and digits", "No symbols."
    SYMBOLS_DIGITS = "symbols and digits", "With or without letters."
    SYMBOLS = "symbols", "No digits."
    HEXADECIMAL = "hexadecimal", "Twelve or more hexadecimal digits, in one case."
    HASH = "length of a hash", "Hexadecimal, with the length of an MD5 or SHA hash."
    DATE = "a date", "It contains year, month and day."
    READS = "{}", "How its characters follow one another, against words.", READINGS
    WORDS = "{}", "The share of its letters in words of English or code.", SHARES
    PLACEHOLDER = "placeholder word", "It contains example, changeme, test or the like."
    UUID = "a UUID", "Its name suggests a secret."
    UUID_LITTLE = "a UUID with a vague name", "The name suggests neither a secret nor a service."
    UUID_WHOSE = "a UUID with the name of a service", "The name mentions a service."
    REPETITIVE = "repetitive characters", "Their entropy is below that of random text."
    OWN_NAME = "similar to its name", "It shares a word with its name."
    WORDS_SPACED = "words with spaces", "Prose: words, or more than two spaces."
    SPACE = "contains a space", "One or two spaces, and few words."
    SNAKE = "snake_case", "Written like a variable."
    UPPER_SNAKE = "SNAKE_CASE", "Written like a constant."
    KEBAB = "kebab-case", "Words or numbers joined by hyphens."
    DOTTED = "a dotted name", "Written like a module or an attribute."
    PATH = "a path", "Names joined by slashes."
    PUNCTUATION = "code punctuation", "Brackets, a bar, a comma or a semicolon."
    UNPAIRED = "unbalanced brackets", "A bracket has no counterpart."
    BACKSLASH = "a backslash", "It contains one."
    PASSWORD = "symbols of a strong password", "It has a symbol that people add to strengthen a password."
    PADDING = "base64 padding", "It ends with `=`."
    COLON = "a colon", "It contains one."
    PERCENT = "a percent sign", "It contains one."
    BEGINS = "starts with a symbol", "Its first character is not a letter, digit or bracket."
    ENDS = "ends with punctuation", "Its last character ends a sentence, a path or a line."


def every() -> Iterator[str]:
    """All features, in the words of `weights.WEIGHTS`."""
    yield ALWAYS
    for name in NameFeature:
        yield from name.each()
    for place in ContextFeature:
        yield from place.each()
    for family, look in product(FAMILIES, ValueFeature):
        yield from (f"{family}: {words}" for words in look.each())


ORDERED = tuple(
    tuple(f"{family}: {degree}" for degree in degrees)
    for family, degrees in product(FAMILIES, (LENGTHS[1:], READINGS, SHARES))
)
"""Features that are degrees of one thing, in the order of their weights: what is more random never weighs less."""
