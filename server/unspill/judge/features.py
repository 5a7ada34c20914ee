"""What can be seen of a named value: every feature that has a weight, with the words in which a reason names it.

Three kinds: of the name, of the place, of the look. The same place says something else of a value that was made by a
machine, and the same look something else of a password, a key or another secret: those are weighed apart.
"""

from __future__ import annotations

from enum import Enum
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ALWAYS = "always"
"""What every value has: its weight is where the score begins."""
MADE = "made by a machine, "
"""What stands before a feature of the place if the value looks made by a machine."""
PASSWORD, KEY, SECRET = FAMILIES = ("password", "key", "secret")
"""What a name makes of its value, before a feature of the look."""

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
QUOTED, BARE = QUOTING = ("quoted", "bare")
OPERATORS = ("=", ":", ":=", "=>", "==", "!=", "===", "!==", ",", "(", ">", "a blank", "is", "value=", "value:")
KINDS = ("code", "configuration", "prose")
LENGTHS = (
    "1 to 3 characters", "4 or 5 characters", "6 or 7 characters", "8 to 11 characters", "12 to 15 characters",
    "16 to 23 characters", "24 to 39 characters", "40 to 79 characters", "80 characters and more",
)  # fmt: skip


class _Feature(Enum):
    """A feature: its words, with `{}` for each thing that it is about, a sentence, and what it may be about."""

    def __init__(self, words: str, sentence: str, *about: tuple[str, ...]) -> None:
        self.words = words
        self.sentence = sentence
        self.about = about

    def __call__(self, *about: str) -> str:
        """The feature's words, about some of what it may be about."""
        return self.words.format(*about) if about else self.words

    def each(self) -> Iterator[str]:
        """The words about everything that it may be about."""
        return (self(*about) for about in product(*self.about))


class Name(_Feature):
    """What is seen of a name."""

    URL = "the password of a URL", "It stands between a user's name and a host."
    SAYS = "the name says {}", "The word is part of the name.", SAYS
    ALONE = "nothing but {}", "The name is this word.", ALONE
    ABOUT_ELSE = "the name is about something else", "Its last word is that of a name, path, size, message or the like."
    LANGUAGE_MODELS = (
        "a word of language models or paging in the name",
        "Its tokens and keys are those of a vocabulary, a cursor or a table.",
    )
    WHOSE = "the name says whose it is", "A word of it is no usual one: mostly that of a service."
    MADE_UP = "the name says that it is made up", "It is called fake, wrong, a sample or the like."
    LONG = "a long name", "It has more than four words."
    CAPITALS = "a name in capitals", "It is written like a constant."
    ONE_WORD = "a name of one word", "It has one word, which is none of those that are weighed alone."


class Place(_Feature):
    """What is seen of a place."""

    HOW = "{}", "The value stands between quotes, or does not.", QUOTING
    BEHIND = "{} behind {}", "What joins name and value.", QUOTING, OPERATORS
    IN = "{} in {}", "What kind of file it is, by its suffix.", QUOTING, KINDS
    BACKTICKS = "in backticks", "The quotes are those of a template or of Markdown."
    ESCAPED = "in escaped quotes", "The quotes stand within a string."
    CODE_FOLLOWS = "bare in code, followed by code", "What comes next is punctuation of code."
    ENVIRONMENT = "like an environment variable", "A name in capitals, `=`, and no quotes."
    ARGUMENT = "an argument of a command", "The name begins with a hyphen."
    READ = "read by a call", "The value is handed to a call that reads, changes or looks for something."
    CALL = "in a call", "The value is handed to another call."
    EXPRESSION = "part of an expression", "An operator or a method follows the quotes."
    FAR = "far into a line", "More than 120 characters stand before it."
    COMMENT = "in a comment", "Its line begins like a comment."
    HEADER = "a header of a request", "An option of curl for headers stands before it."


class Look(_Feature):
    """What is seen of a value."""

    LENGTH = "{}", "How long it is.", LENGTHS
    DIGITS = "digits only", "It is a number."
    LOWER = "lower-case letters only", "No capitals, digits or symbols."
    CAPITALS = "capitals only", "No small letters, digits or symbols."
    LETTERS = "letters only", "Letters of both cases."
    LOWER_DIGITS = "lower-case letters and digits", "No capitals or symbols."
    CAPITALS_DIGITS = "capitals and digits", "No small letters or symbols."
    BOTH_DIGITS = "letters of both cases and digits", "No symbols."
    SYMBOLS_DIGITS = "symbols and digits", "Letters or not."
    SYMBOLS = "symbols", "No digits."
    HEXADECIMAL = "hexadecimal", "Twelve or more digits of base 16, in one case."
    HASH = "as long as a hash", "Hexadecimal, and as long as an MD5 or a SHA."
    DATE = "a date", "It holds year, month and day."
    WORDS = "made of words", "Words of English or of code are four fifths of it or more."
    MOSTLY_WORDS = "mostly words", "Words are half of it or more."
    A_WORD = "holds a word", "Words are less than half of it."
    NOISE = "reads like noise", "Its pairs of letters hardly occur in words."
    HARDLY = "hardly reads like a word", "Few of its pairs of letters are usual in words."
    SOMEWHAT = "reads somewhat like a word", "Some of its pairs of letters are usual in words."
    FLUENT = "reads like a word", "Its pairs of letters are those of words."
    AMONG_DIGITS = "letters among digits", "No four letters stand together."
    FEW_LETTERS = "too few letters to read", "Fewer than six letters, and few of them together."
    PLACEHOLDER = "a placeholder's word", "It says example, changeme, test or the like."
    IN_ORDER = "characters in order", "It runs along the alphabet, the digits or the keyboard."
    UUID = "a UUID", "Its name says that it opens something."
    UUID_LITTLE = "a UUID, and a name that says little", "The name says neither what it opens nor whose it is."
    UUID_WHOSE = "a UUID, and a name that says whose", "The name has the word of a service."
    RANDOM = "random characters", "As many changes, and as much entropy, as chance gives."
    NOT_RANDOM = "not random", "Twelve characters or more, with less than that."
    OWN_NAME = "like its own name", "It shares a word with its name."
    WORDS_SPACED = "words with blanks", "Text: words, or more than two blanks."
    SPACE = "a blank in it", "One or two blanks, and few words."
    SNAKE = "snake_case", "Written like a variable."
    UPPER_SNAKE = "SNAKE_CASE", "Written like a constant."
    KEBAB = "kebab-case", "Words or numbers joined by hyphens."
    DOTTED = "a dotted name", "Written like a module or an attribute."
    PATH = "a path", "Names joined by slashes."
    PUNCTUATION = "brackets or punctuation of code", "Brackets, a bar, a comma or a semicolon."
    UNPAIRED = "brackets that do not pair", "An opening or closing bracket has no other half."
    BACKSLASH = "a backslash", "It holds one."
    PASSWORD = "signs of a password", "A symbol that people add to make a password strong."
    PADDING = "padding of base 64", "It ends with `=`."
    COLON = "a colon", "It holds one."
    PERCENT = "a percent sign", "It holds one."
    BEGINS = "begins with a symbol", "Its first character is no letter, digit or bracket."
    ENDS = "ends with punctuation", "Its last character ends a sentence, a path or a line."


def every() -> Iterator[str]:
    """Everything that has a weight, in the words of `weights.WEIGHTS`."""
    yield ALWAYS
    for name in Name:
        yield from name.each()
    for made, place in product(("", MADE), Place):
        yield from (made + words for words in place.each())
    for family, look in product(FAMILIES, Look):
        yield from (f"{family}: {words}" for words in look.each())
