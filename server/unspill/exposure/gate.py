"""Which texts may have a leak, by their bytes alone: most have no secret, or nobody to show it to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from unspill.engine.watched import has
from unspill.exposure.audience import Audience

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

_READ = (
    b"st.secrets", b"streamlit.secrets", b"get_token", b"OAuthToken", b"BaseSettings", b"userdata", b"HfFolder",
    b"/run/secrets/", b"dotenv_values",
)  # fmt: skip
"""One of these is in a text that reads a secret by itself, or …"""
_READ_BY_NAME = (b"environ", b"getenv", b"decouple", b"from_env", b"get_key", b"or_env")
"""… one of these, together with …"""
_NAMED = re.compile(
    rb"""["'](?=[A-Z0-9_]+["'])[A-Z0-9_]*(?:KEY|TOKEN|SECRET|PASS|PWD|PW|PAT|CRED|AUTH|DSN|WEBHOOK|JWT|URL|URI|BEARER|MNEMONIC|SEED)"""
    rb"""[A-Z0-9_]*["']|environ(?:\.(?:items|values|copy)\b|\s*[),}])"""
)
"""… the name of one in quotes, or the whole environment; or …"""
_IMPORTED = re.compile(
    rb"[ \t]*(?:from[ \t]+([\w.]+)[ \t]+)?import\b(?=[^\n]*\b"
    rb"(?:\w*(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)|(?:app_)?(?:settings|config|env|secrets)|get_\w*(?:key|token|secret))\b)"
    rb"(?:[ \t]+([\w.]+))?"
)
"""… it imports one, or a function that reads one: the module that it is from, and the first name.

At the start of a line. `re` finds those that have the word much faster than it tries each.
"""
_IMPORTING = re.compile(rb"import\b[^\n]*")
_TYPED = (b"environ", b"putenv", b".api_key")
_SHOWN: dict[Audience, tuple[bytes, ...]] = {
    Audience.VISITORS: (b"gradio", b"streamlit", b"fastapi", b"flask", b"starlette"),
    Audience.LOGS: (
        b"print",
        b"logg",
        b"stdout",
        b"stderr",
        b"warn",
        b"echo",
        b"Error",
        b"Exception",
        b"wandb",
        b"mlflow",
    ),
    Audience.EXCEPTIONS: (b"requests", b"httpx"),
    Audience.PROCESSES: (b"subprocess", b"os.system", b"os.popen"),
    Audience.SPACES: (b"gradio",),
    Audience.NEXT_VISITOR: (b"streamlit", b"gradio"),
}
"""One of these is in a text that shows something to an audience."""


def may_leak(data: bytes, words: Set[bytes] | None = None, *, audience: Audience) -> bool:
    """Whether a text may show a secret to an audience; `words` are those of `watched.WORDS` in it, if that is known."""
    if audience is Audience.NEXT_VISITOR:
        return has(data, _TYPED, words) and has(data, _SHOWN[audience], words)
    # A function of another module may print what this one reads.
    return _may_have_one(data, words) and (
        has(data, _SHOWN[audience], words) or (audience is Audience.LOGS and reads(data, words))
    )


@lru_cache(maxsize=1)
def _may_have_one(data: bytes, words: Set[bytes] | None) -> bool:
    """Whether a text may have a secret: asked for one text by each check in turn."""
    return reads(data, words) or next(_imports(data), None) is not None


def reads(data: bytes, words: Set[bytes] | None = None) -> bool:
    """Whether a text may read a secret by itself; `words` as for `may_leak`."""
    return has(data, _READ, words) or (has(data, _READ_BY_NAME, words) and _NAMED.search(data) is not None)


def _imports(data: bytes) -> Iterator[re.Match[bytes]]:
    for line in _IMPORTING.finditer(data):
        if match := _IMPORTED.match(data, data.rfind(b"\n", 0, line.start()) + 1):
            yield match


def imported(data: bytes) -> list[str]:
    """The modules that a text may import a secret from, by name, relative ones with their dots."""
    found = []
    for match in _imports(data):
        module, name = (part.decode() if part else "" for part in match.groups())
        found += [f"{module}{'' if module.endswith('.') else '.'}{name}", module] if module else [name]
    return [name for name in found if name.strip(".")]
