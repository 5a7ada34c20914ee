"""Which texts may have a leak, by their bytes alone: most have no secret, or nobody to show it to."""

from __future__ import annotations

import re

from unspill.exposure.audience import Audience

_READ = (
    b"environ", b"getenv", b"secrets", b"get_token", b"OAuthToken", b"Settings", b"userdata", b"dotenv", b"decouple",
    b"from_env", b"HfFolder",
)  # fmt: skip
"""One of these is in a text that reads a secret by itself, or …"""
_IMPORTED = re.compile(rb"\bimport\b[^\n]*(?i:key|token|secret|passw|setting|config|cred)")
"""… it imports one, or a function that reads one."""
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


def may_leak(data: bytes, audience: Audience) -> bool:
    """Whether a text may show a secret to an audience."""
    if audience is Audience.LOGS and reads(data):
        return True  # a function of another module may print it
    if not any(word in data for word in _SHOWN[audience]):
        return False
    if audience is Audience.NEXT_VISITOR:
        return any(word in data for word in _TYPED)
    return reads(data) or _IMPORTED.search(data) is not None


def reads(data: bytes) -> bool:
    """Whether a text may read a secret by itself."""
    return any(word in data for word in _READ)
