"""Made-up values behind made-up names in all kinds of places.

`tools/fit_generic.py` learns from them that the place says little: what one data set has in its JSON files is no law.
"""

from __future__ import annotations

import string
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = {
    "a.py": ('{name} = "{value}"', "client(x, {name}='{value}')", 'x = os.getenv("{name}", "{value}")'),
    "a.js": ('const {name} = "{value}";', "{{ {name}: '{value}', retries: 3 }}"),
    "a.go": ('{name} := "{value}"', 'x.Set("{name}", "{value}")'),
    "a.java": ('String {name} = "{value}";',),
    "a.json": ('"{name}": "{value}",',),
    "a.toml": ('{name} = "{value}"',),
    "a.yaml": ("{name}: {value}", '{name}: "{value}"'),
    "a.ini": ("{name} = {value}",),
    ".env": ("{name}={value}",),
    "a.sh": ("export {name}='{value}'", "run --{name} {value} -v"),
    "a.xml": ("<{name}>{value}</{name}>", '<add key="{name}" value="{value}"/>'),
    "a.md": ("    {name}={value}", "{name}: {value}"),
}
PASSWORDS = ("password", "DB_PASSWORD", "adminPassword", "smtp_pass", "pwd")
SECRETS = ("api_key", "ACME_API_KEY", "acmeToken", "client_secret", "SECRET_KEY", "accessToken", "acme_key")
OTHERS = ("sort_key", "token_type", "nextToken", "secret_name", "password_field", "keyId", "auth_mode", "KEY_PREFIX")
ALPHABETS = (
    "0123456789abcdef",
    string.ascii_lowercase + string.digits,
    string.ascii_letters + string.digits,
    string.ascii_uppercase + string.digits,
    string.ascii_letters + string.digits + "+/",
)
WORDS = (
    "river", "meadow", "copper", "lantern", "winter", "falcon", "harbor", "violet", "thunder", "garden", "pepper",
    "marble", "orchard", "signal", "canyon", "velvet", "basket", "rocket", "island", "mirror",
)  # fmt: skip


class Made(NamedTuple):
    """A line in a file, the value in it, and whether that is a secret."""

    path: str
    line: str
    value: str
    secret: bool
    kind: str


def made(seed: int = 1) -> Iterator[Made]:
    """Each kind of value behind each kind of name, in each place."""
    random = Random(seed)
    for path, lines in PLACES.items():
        for line in lines:
            for name in (*PASSWORDS, *SECRETS, *OTHERS):
                for kind, value, secret in _values(random, name):
                    yield Made(path, line.format(name=name, value=value), value, secret, kind)


def _values(random: Random, name: str) -> Iterator[tuple[str, str, bool]]:
    """(kind, value, whether it is a secret) for a name."""
    first, second = random.sample(WORDS, 2)
    for alphabet in ALPHABETS:
        for least, most in ((9, 15), (16, 64)):
            yield "random", "".join(random.choices(alphabet, k=random.randint(least, most))), name not in OTHERS
    password = name in PASSWORDS
    number = random.randint(1950, 99999)
    yield "password", f"{first.title()}{random.choice('#@!$')}{number}", password
    yield "password", f"{first}{second.title()}{number}", password
    yield "password", f"{first}_{second}_{number}", password
    for value in (first, f"{first}-{second}", f"{first}.{second}", f"{first}_{second}", f"/{first}/{second}"):
        yield "words", value, False
    for value in (f"your-{name}-here", "changeme", f"my_{name}", f"{first}123", f"get{first.title()}{second.title()}"):
        yield "placeholder", value, False
