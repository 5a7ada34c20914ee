"""The names of secrets: those that the author gives them, before the provider's, and never one for any secret."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from unspill.app import fixing
from unspill.space.names import Names, is_usable, wish_of
from unspill.space.words import as_env_name, subject

from tests.cli import write
from tests.helpers import document_of, finding_at, token
from tests.proof.proving import env_values, quick, request
from tests.samples import sample

if TYPE_CHECKING:
    from pathlib import Path

_RANDOM = Random(14)
VALUES = {
    "§": token(1),
    "¤": token(2),
    "₀": sample("[A-Za-z0-9]{40}", _RANDOM),
    "₁": sample("[a-km-z2-9A-HJ-NP-Z]{22}", _RANDOM),
    "₂": sample("AIza[A-Za-z0-9]{35}", _RANDOM),
    "₃": sample("nvapi-[A-Za-z0-9]{64}", _RANDOM),
}


def stored(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """The values in `.env` after a fix of these files, as the marks that stand for them, by name."""
    write(folder, {path: filled(text) for path, text in files.items()})
    with quick():
        fixing.fix(request(str(folder)))
    env = folder / ".env"
    return {name: marked(value) for name, value in env_values(env.read_bytes() if env.exists() else b"").items()}


def marked(text: str) -> str:
    """A text with the marks in place of the values."""
    for mark, value in VALUES.items():
        text = text.replace(value, mark)
    return text


def filled(text: str) -> str:
    """A text with the values in place of the marks."""
    for mark, value in VALUES.items():
        text = text.replace(mark, value)
    return text


NAMED = [
    # The name of the place.
    ('app.config["SECRET_KEY"] = "₀"', "SECRET_KEY"),
    ('API_KEY = "₀"', "API_KEY"),
    ('OAUTH_CLIENT_SECRET = "₀"', "OAUTH_CLIENT_SECRET"),
    ('openai.api_key = "₀"', "OPENAI_API_KEY"),
    ('monkeypatch.setenv("CIPHER_ENCRYPTION_KEY", "₀")', "CIPHER_ENCRYPTION_KEY"),
    # unspill: ignore[url-basic-auth] a mark, which a value replaces
    ("# login with https://jasper:₀@reports.acme.org", "JASPER_PASSWORD"),
    ('self.api_key = "₀"', "API_KEY"),
    ('YOUTUBE_API_KEY = "₂"', "YOUTUBE_API_KEY"),
    # A condition, a message, a comment, a docstring.
    ('if os.getenv("TINYBIRD_TOKEN"):\n    password = "₁"', "TINYBIRD_TOKEN"),
    ('if os.environ.get("NVIDIA_KEY"):\n    pool.append("₃")', "NVIDIA_KEY"),
    ('api_key = "₀"\nif not api_key:\n    raise RuntimeError("CONVERT_API_KEY is not set")', "CONVERT_API_KEY"),
    ('key = "₂"\nif not key:\n    st.error("Please set YOUTUBE_API_KEY first")', "YOUTUBE_API_KEY"),
    ('# The value of PINE_API_KEY\nkey = "₀"', "PINE_API_KEY"),
    ('api_key = "₀"  # PINE_API_KEY', "PINE_API_KEY"),
    ('def f():\n    """Needs the variable PINE_API_KEY."""\n    api_key = "₀"', "PINE_API_KEY"),
    # A setting beside it, of the same service or account.
    ('self.url = getenv("BILLING_API_BASE_URL")\nself.api_key = "₀"', "BILLING_API_KEY"),
    ('DB_USER = os.getenv("ACME_DB_USER")\nDB_PASSWORD = "₁"', "ACME_DB_PASSWORD"),
    ('password = clean("₁")\nuser = os.environ.get("SMTP_USERNAME")', "SMTP_PASSWORD"),
    ('c = client(os.environ["R9_ACCESS_KEY_ID"],\n           secret_key="₀")', "R9_SECRET_ACCESS_KEY"),
    ('user = os.getenv("DB_USER")\napi_key = "₀"', "API_KEY"),
    ('url = os.getenv("APP_URL")\napi_key = "₀"', "API_KEY"),
    ('user = os.getenv("PINE_USER")\n\npassword = "₁"', "PASSWORD"),
    ('self._youtube_key = "₂"', "GEMINI_API_KEY"),
    ('self._google_key = "₂"', "GOOGLE_API_KEY"),
    ('acme_api.api_key = "₀"', "ACME_API_KEY"),
    # What is said of something else.
    ('def f():\n    """Needs PINE_KEY_ID and PINE_KEY."""\n    key = "₀"', "PINE_KEY"),
    ('api_key = "₀"  # set YOUR_API_KEY_HERE', "API_KEY"),
    ('api_key = "₀"\nother = os.getenv("PINE_KEY")\nprint("set PINE_KEY please")', "API_KEY"),
    ('key = "§"\nif not other:\n    raise ValueError("PINE_API_KEY is not set")', "HF_TOKEN"),
    ('key = "§"\nmodel = "PINE_API_KEY"', "HF_TOKEN"),
]


@pytest.mark.parametrize(("source", "name"), NAMED)
def test_the_authors_name_wins(tmp_path: Path, source: str, name: str) -> None:
    """A name at the place or near it comes before the provider's; without one, a kind of secret is a name."""
    (mark,) = set(source) & VALUES.keys()
    assert stored(tmp_path, {"app.py": f"import os\n{source}\n"}) == {name: mark}


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"app.py": 'pool.append("₃")\n', "README.md": "```\nexport NVIDIA_KEY=₃\n```\n"}, {"NVIDIA_KEY": "₃"}),
        ({"app.py": 'pool.append("₃")\n', ".env.example": "NVIDIA_KEY=\n"}, {"NVIDIA_KEY": "₃"}),
        ({"app.py": 'pool.append("₃")\n', ".env.example": "OTHER_KEY=\n"}, {"NVIDIA_API_KEY": "₃"}),
        ({"app.js": 'const key = "₀";\nif (!key) throw Error("no PINE_API_KEY");\nprocess.exit();\n'},
         {"PINE_API_KEY": "₀"}),
        ({".github/workflows/x.yml": "jobs:\n  a:\n    with:\n      username: ${{ secrets.DOCKER_USERNAME }}\n"
          "      password: ₁\n"}, {"DOCKER_PASSWORD": "₁"}),
        # Of several places, the one that says most; one for people says least.
        ({"a.py": 'f("₀")\n', "b.py": 'api_key = "₀"\n', "c.py": 'PINE_API_KEY = "₀"\n'}, {"PINE_API_KEY": "₀"}),
        ({"a.py": 'api_key = "₀"  # PINE_API_KEY\n', "README.md": f"PINE_API_KEY={'₁' * 2}\n"}, {"PINE_API_KEY": "₀"}),
        # What is not moved, or only shown to people, takes no name away.
        ({".pre-commit-config.yaml": "hf_token: §\n", "src/envs.py": 'f("¤")\n'}, {"HF_TOKEN": "¤"}),
        ({"README.md": "Use `§`.\n", "src/envs.py": 'f("¤")\n'}, {"HF_TOKEN": "¤", "HF_TOKEN_2": "§"}),
        # A `.env` that git would publish names what it holds, not a part of it.
        ({".env": "A=§}\n", "docker-compose.yml": 'services: {a: {environment: {N: "§"}}}\n'}, {"A": "§}", "N": "§"}),
        # Two values of a kind.
        ({"app.py": 'read_token = "§"\nwrite_token = "¤"\n'}, {"HF_TOKEN": "§", "WRITE_TOKEN": "¤"}),
        ({"app.py": 'f("§")\n', "chat/storage.py": 'f("¤")\n'}, {"HF_TOKEN": "§", "STORAGE_HF_TOKEN": "¤"}),
        ({"app.py": 'f("§", "¤")\n'}, {"HF_TOKEN": "§", "HF_TOKEN_2": "¤"}),
        ({"app.py": 'f("§")\nu = "https://me:¤@hub.example.org/x"\n'},
         {"HF_TOKEN": "§", "HUB_EXAMPLE_ORG_HF_TOKEN": "¤"}),
    ],
)  # fmt: skip
def test_names_of_a_project(tmp_path: Path, files: dict[str, str], names: dict[str, str]) -> None:
    """Other files say names, too; values of a kind are told apart by their variable, host or file, else by a number."""
    assert stored(tmp_path, files) == names


def test_a_name_that_a_space_sets_is_no_secrets_there(tmp_path: Path) -> None:
    """What a Space sets itself is not declared in one, but in any other project."""
    front = {"README.md": "---\nsdk: gradio\n---\n"}
    assert stored(tmp_path, {**front, "app.py": 'OAUTH_CLIENT_SECRET = "₀"\n'}) == {"SECRET": "₀"}
    assert not is_usable("OAUTH_CLIENT_SECRET")
    assert is_usable("OAUTH_CLIENT_SECRET", in_space=False)


def test_wishes_of_many_values_take_time_in_proportion() -> None:
    """Each of many values of a kind gets a number of its own, the next one."""
    names = Names()
    documents = [document_of(f'f("{token(seed)}")\n', path=f"{seed}.py") for seed in range(300)]
    wishes = [wish_of(document, finding_at(document, token(seed))) for seed, document in enumerate(documents)]
    names.grant(wish for wish in wishes if wish is not None)
    assert names.of(finding_at(documents[299], token(299))) == "HF_TOKEN_300"


@pytest.mark.parametrize(
    ("name", "words"), [("NVIDIA_API_KEY", {"NVIDIA"}), ("MY_SECRET_TOKEN_2", set()), (as_env_name("dbKey"), {"DB"})]
)
def test_what_a_name_is_for(name: str, words: set[str]) -> None:
    """The words that any secret may have do not say what it is for."""
    assert subject(name) == words
