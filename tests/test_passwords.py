"""Passwords as people make them are found; those that they only write as an example are not."""

from __future__ import annotations

from random import Random

import pytest
from unspill.document import Document
from unspill.judge import passwords
from unspill.model import Confidence
from unspill.scan import Scanner

SCANNER = Scanner(use_cache=False)
WORDS = (
    "river", "meadow", "copper", "lantern", "winter", "falcon", "harbor", "violet", "thunder", "pepper", "marble",
    "orchard", "canyon", "velvet", "basket", "rocket", "island", "mirror", "Moreau", "Lisbon", "maple", "goblin",
)  # fmt: skip


def _random(random: Random, size: int) -> str:
    return "".join(random.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=size))


SHAPES = {
    "Word@1234": lambda r: f"{r.choice(WORDS).title()}{r.choice('@#!$')}{r.randint(1000, 9999)}",
    "Word#123word!": lambda r: f"{r.choice(WORDS).title()}#{r.randint(100, 9999)}{r.choice(WORDS).lower()}!",
    "@1234Word@": lambda r: f"@{r.randint(1000, 9999)}{r.choice(WORDS).title()}@",
    "WordWord2031": lambda r: f"{r.choice(WORDS).title()}{r.choice(WORDS).title()}{r.randint(1950, 2050)}",
    "WordWord2031!": lambda r: f"{r.choice(WORDS).title()}{r.choice(WORDS).title()}{r.randint(1950, 2050)}!",
    "word_word_123": lambda r: f"{r.choice(WORDS).lower()}_{r.choice(WORDS).lower()}_{r.randint(100, 9999)}",
    "word-word-123": lambda r: f"{r.choice(WORDS).lower()}-{r.choice(WORDS).lower()}-{r.randint(100, 9999)}",
    "word7731": lambda r: f"{r.choice(WORDS).lower()}{r.randint(2060, 9999)}",
    "ab*1234567": lambda r: f"{r.choice(WORDS)[:2].lower()}{r.choice('*!$')}{r.randint(1300000, 9999999)}",
    "random with a colon": lambda r: f"{_random(r, 7)}:{_random(r, 9)}",
    "word7731#": lambda r: f"{r.choice(WORDS).lower()}{r.randint(1000, 9999)}#",
}
PLACES = {
    "assignment": ("app.py", 'ADMIN_PASSWORD = "{}"'),
    "keyword": ("app.py", 'db = connect(user="app", password="{}")'),
    "default of a read": ("app.py", 'demo.launch(auth=("admin", os.environ.get("ADMIN_PASSWORD", "{}")))'),
    "default of getenv": ("app.py", 'PASSWORD = os.getenv("DB_PASSWORD", "{}")'),
    "yaml": ("compose.yml", "      POSTGRES_PASSWORD: {}"),
    "quoted yaml": ("compose.yml", '      POSTGRES_PASSWORD: "{}"'),
    "json": ("config.json", '  "smtp_password": "{}",'),
    "toml": (".streamlit/secrets.toml", 'admin_password = "{}"'),
    "dotenv": (".env.example", "ADMIN_PASSWORD={}"),
    "javascript": ("a.js", "const pool = new Pool({{ password: '{}' }});"),
    "url": ("a.py", 'engine = create_engine("postgresql://app:{}@db.acme.org/app")'),
}


def found(text: str, path: str) -> list[str]:
    """What is found in `text` by default."""
    findings = SCANNER.scan(Document(text.encode(), path)).findings
    return [one.secret.reveal() for one in findings if one.secret is not None and one.confidence >= Confidence.MEDIUM]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_password_as_people_make_them_is_found(shape: str, place: str) -> None:
    """Nearly all passwords of a shape are found by default behind a name that says password, wherever that is."""
    random = Random(shape + place)
    path, line = PLACES[place]
    made = [SHAPES[shape](random) for _ in range(20)]
    if place == "url" and ":" in made[0]:
        return  # its password ends there
    if place == "url":
        made = [value.replace("@", "!").replace("#", "!") for value in made]
    missed = [value for value in made if value not in found(line.format(value), path)]
    assert len(missed) <= 1, missed


EXAMPLES = (
    "password", "changeme", "ChangeMe123!", "P@ssw0rd!", "Passw0rd", "password123", "secret123", "letmein123",
    "admin123", "root123", "minio123", "rabbitmq123", "meadow_123456", "Test1234!", "your-password-here",
    "mysecretpassword", "Password1!", "example_password_1", "hunter2", "qwerty123", "abc123def456", "MyPassword123",
    "user_password", "SecurePass123!", "strong_password_123456", "secure_password123", "FreeUser123!",
    "nested-password-123",
)  # fmt: skip


@pytest.mark.parametrize("value", EXAMPLES)
@pytest.mark.parametrize("place", PLACES)
def test_the_password_of_an_example_is_none(value: str, place: str) -> None:
    """Words for a password, with a number that counts or in leet, are not reported by default."""
    path, line = PLACES[place]
    assert found(line.format(value), path) == []


@pytest.mark.parametrize("value", ["Passw0rd!", "s3cr3t", "ADMIN-2024", "meadow123", "changeme!", "test_password_01"])
def test_an_example_is_told_by_its_words(value: str) -> None:
    """It is words that stand for a password, or a small word with a number that counts; random text hardly ever is."""
    assert passwords.is_example(value)
    random = Random(value)
    made = ["".join(random.choices("abcdefghijklmnopqrstuvwxyzABCDEF0123456789", k=12)) for _ in range(2000)]
    assert sum(map(passwords.is_example, made)) <= 4


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('app.secret_key = "{}"', "thesis_beetle_2031"),
        ('app.config["SECRET_KEY"] = "{}"', "velvet orchard"),
        ('SECRET_KEY = "{}"', "marbleharbor"),
        ('app.secret_key = b"{}"', "copper-lantern"),
        ("SECRET_KEY = '{}'", "django-insecure-7w#(m=vq"),
    ],
)
def test_any_key_that_signs_sessions_is_a_secret(line: str, value: str) -> None:
    """Whoever reads a literal `secret_key` of Flask or Django can forge sessions, even if it is words."""
    assert found(line.format(value), "app.py") == [value]


@pytest.mark.parametrize(
    "line",
    [
        'app.secret_key = "dev"',
        'app.secret_key = "secret"',
        'app.secret_key = "your-secret-key-here"',
        'SECRET_KEY = "change-me-in-production"',
        'SECRET_KEY = "SECRET_KEY"',
        'secret_key = "acme_secret_key"',
        "SECRET_KEY = config.SECRET_KEY",
    ],
)
def test_a_placeholder_for_such_a_key_is_none(line: str) -> None:
    """The word for the key, the key of a tutorial and a reference stay silent."""
    assert found(line, "app.py") == []
