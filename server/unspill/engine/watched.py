"""Words of which one is in every Python text that a check is for, even if nothing else is found in it.

The search that every document gets anyway finds them: to look for one after the other would take longer than it.
"""

from __future__ import annotations

import re

from unspill.engine.matchers import Anchor

MARKER = "watched"
LANGUAGE = "python"
READING = (
    b"environ", b"getenv", b"putenv", b".api_key", b"secrets", b"get_token", b"OAuthToken", b"BaseSettings",
    b"userdata", b"HfFolder", b"dotenv", b"decouple", b"from_env", b"get_key", b"or_env", b"_KEY", b"TOKEN",
    b"SECRET", b"PASSWORD", b"import settings", b"import config", b"config import", b"settings import",
)  # fmt: skip
"""One of these is in every program that reads a secret, or imports one (`exposure.gate`)."""
WORDS = (
    *READING, b"allowed_paths", b"set_static_paths", b"StaticFiles", b"static_folder", b"trust_remote_code",
    b"folder_path", b"space_variable",
)  # fmt: skip
ANCHORS = tuple(
    Anchor(re.escape(word), (), 0, 0, (word,), keyword=False, marker=MARKER)
    for word in (word.decode() for word in WORDS)
)
