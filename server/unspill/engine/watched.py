"""Words that tell which checks a text may be for, even if nothing else is found in it.

The search that every document gets anyway finds them: to look for one after the other would take longer than it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unspill.engine.matchers import Anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

MARKER = "watched"
READING = (
    b"environ", b"getenv", b"putenv", b".api_key", b"secrets", b"get_token", b"OAuthToken", b"BaseSettings",
    b"userdata", b"HfFolder", b"dotenv", b"decouple", b"from_env", b"get_key", b"or_env", b"_KEY", b"TOKEN",
    b"SECRET", b"PASSWORD", b"import settings", b"import config", b"config import", b"settings import",
)  # fmt: skip
"""One of these is in every program that reads a secret, or imports one (`exposure.gate`)."""
WORDS = (
    *READING, b"allowed_paths", b"set_static_paths", b"StaticFiles", b"static_folder", b"trust_remote_code",
    b"folder_path", b"space_variable", b"spaces variables", b"vars.", b"secrets.", b"huggingface", b"VITE_", b"PUBLIC_",
    b"_APP_", b"GATSBY_", b"st.secrets", b"streamlit.secrets", b"/run/secrets/", b"dotenv_values", b"gradio",
    b"streamlit", b"fastapi", b"flask", b"starlette", b"requests", b"httpx", b"subprocess", b"os.system", b"os.popen",
)  # fmt: skip
"""Those of all checks that are not in many texts anyway: each costs a call for every text that it is in."""
ANCHORS = tuple(
    Anchor(re.escape(word), (), 0, 0, (word,), keyword=False, marker=MARKER, once=True)
    for word in (word.decode() for word in WORDS)
)
_FOUND = frozenset(WORDS)


def has(data: bytes, words: Iterable[bytes], known: Set[bytes] | None = None) -> bool:
    """Whether one of `words` is in a text; `known` are those of `WORDS` that are, None if that was not searched for."""
    if known is None:
        return any(word in data for word in words)
    return any(word in known or (word not in _FOUND and word in data) for word in words)
