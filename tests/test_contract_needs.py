"""Which names a program needs, and what names are for."""

from __future__ import annotations

import pytest
from unspill import languages
from unspill.contract.kinds import NameKind, kind_of
from unspill.contract.needs import unset
from unspill.model import Default

from tests.helpers import document_of, token

PROGRAM = """
import os
os.environ["A_KEY"], os.getenv("B_KEY"), os.getenv("C_KEY", ""), os.environ["MODE"], os.getenv("LEVEL")
os.getenv("D_KEY") or os.getenv("E_KEY")
os.environ["F_KEY"] = "x"
os.environ["F_KEY"], os.environ["HOME"], os.environ["SPACE_ID"], os.environ["A_KEY"]
os.environ["G_KEY"] = input()
os.getenv("G_KEY"), os.environ["G_KEY"]
"""


@pytest.mark.parametrize(
    ("present", "declared", "names"),
    [
        ((), (), ["A_KEY", "B_KEY", "MODE", "D_KEY", "G_KEY"]),
        (("E_KEY", "A_KEY"), (), ["B_KEY", "MODE", "G_KEY"]),
        ((), ("LEVEL", "C_KEY"), ["A_KEY", "B_KEY", "MODE", "LEVEL", "D_KEY", "G_KEY"]),
    ],
)
def test_what_nobody_sets_is_unset(present: tuple[str, ...], declared: tuple[str, ...], names: list[str]) -> None:
    """Secrets without a default, configuration whose lack is an error or that is declared; each once."""
    document = document_of(PROGRAM)
    assert [one.name for one in unset([(document, languages.env_uses(document))], present, declared)] == names


def test_the_read_that_fails_is_named() -> None:
    """Not the one before it, which yields nothing; and no token in place of a name."""
    document = document_of(PROGRAM + f"os.environ['{token()}']\n")
    found = {one.name: one for one in unset([(document, languages.env_uses(document))], ())}
    assert found["G_KEY"].required
    assert document.data[: found["G_KEY"].span.start].endswith(b'environ["')
    assert token() not in found


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("OPENAI_API_KEY HF_TOKEN openaiApiKey API_KEYS SECRET_KEY DB_PASS", NameKind.SECRET),
        ("AWS_ACCESS_KEY_ID API_KEY_2 DB_PASSWORD_PROD SENTRY_DSN GITHUB_TOKEN", NameKind.SECRET),
        ("DATABASE_URL REDIS_URL MONGODB_URI SLACK_WEBHOOK_URL AZURE_STORAGE_CONNECTION_STRING", NameKind.SECRET),
        ("MAX_TOKENS API_BASE_URL TOKEN_LIMIT SSL_KEYFILE LANGFUSE_PUBLIC_KEY", NameKind.CONFIGURATION),
        ("NEXT_PUBLIC_API_KEY GOOGLE_CLIENT_ID", NameKind.CONFIGURATION),
        ("PORT HOST LOG_LEVEL MODEL_NAME PASS_THROUGH KEY_PREFIX SECRET_NAME", NameKind.CONFIGURATION),
        ("HOME PATH SPACE_ID CI GITHUB_SHA CUDA_VISIBLE_DEVICES LOCAL_RANK NODE_ENV", NameKind.PLATFORM),
    ],
)
def test_the_last_words_of_a_name_say_what_it_is_for(names: str, kind: NameKind) -> None:
    """A key, a token, a password, the URL of a store: all else is configuration, or a platform's."""
    assert {name: kind_of(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


def test_a_default_that_no_secret_looks_like_makes_it_configuration() -> None:
    """A number or a switch; the rules know names that do not tell."""
    assert kind_of("MAX_KEY", [Default.SETTING]) is NameKind.CONFIGURATION
    assert kind_of("SIGNING_KEY", [Default.SETTING]) is NameKind.CONFIGURATION
    assert kind_of("QIANFAN_SK") is NameKind.CONFIGURATION
    assert kind_of("QIANFAN_SK", known={"QIANFAN_SK"}) is NameKind.SECRET
