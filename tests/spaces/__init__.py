"""Small Spaces as people write them. Their tokens are made up when a Space is built, never stored.

`python -m tests.spaces chatbot FOLDER` writes one there.
"""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.cli import git, write
from tests.samples import made, sample
from tests.tokens import with_checksum

HERE = Path(__file__).parent
PATTERNS = {
    "HF_READ": "hf_[A-Za-z]{34}",
    "HF_WRITE": "hf_[A-Za-z]{34}",
    "OPENAI": "sk-proj-[A-Za-z0-9]{74}T3BlbkFJ[A-Za-z0-9]{74}",
    "ANTHROPIC": "sk-ant-api03-[A-Za-z0-9]{93}AA",
    "GROQ": "gsk_[A-Za-z0-9]{20}WGdyb3FY[A-Za-z0-9]{24}",
    "TAVILY": "tvly-dev-[A-Za-z0-9]{32}",
    "GITHUB": "ghp_[A-Za-z0-9]{36}",
    "SLACK": "https://hooks[.]slack[.]com/services/T[A-Z0-9]{10}/B[A-Z0-9]{10}/[A-Za-z0-9]{24}",
}
CLASSES = {
    "TWO": "AKIA[A-P][A-Z2-7]{15}",
    "ONE": "[1-9][0-9]{9}:AA[A-Za-z0-9_-]{32}[A-Za-z0-9]",
    "FAMILY": "oauth_app_secret_[A-Za-z0-9]{34}",
}
"""What `with_history` adds: a value of each overlap class that those of the Spaces are not of."""
_WORKFLOW = "jobs:\n  a:\n    steps:\n      - run: x\n        env:\n          T: ${{ secrets.TAVILY_API_KEY }}\n"
_MARKER = re.compile(r"<<([A-Z_]+)>>")
# Files that would act upon this repository under their own names.
_DOTTED = {"env": ".env", "gitignore": ".gitignore"}


class Built(NamedTuple):
    """A Space on disk: its folder, and the value of each marker."""

    root: Path
    values: dict[str, str]


def values_of(name: str, seed: int = 0) -> dict[str, str]:
    """A made-up token for each marker of the Space `name`."""
    random = Random(f"{name} {seed}")
    values = {marker: sample(pattern, random) for marker, pattern in PATTERNS.items()}
    values["GITHUB"] = with_checksum("crc32-base62", values["GITHUB"])
    return values


def build(name: str, target: Path, seed: int = 0) -> Built:
    """Write the Space `name` to the folder `target` (made if need be), its markers replaced by made-up tokens."""
    values = values_of(name, seed)
    source = HERE / name
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            place = target / path.relative_to(source).with_name(_DOTTED.get(path.name, path.name))
            place.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_bytes().decode()
            place.write_bytes(_MARKER.sub(lambda match: values[match[1]], text).encode())
            place.chmod(path.stat().st_mode & 0o777)
    return Built(target, values)


def with_history(target: Path) -> Built:
    """Write the demo Space as a repository with more values: of every overlap class, gone, in a workflow."""
    built = build("chatbot", target)
    added = {name: made(pattern) for name, pattern in CLASSES.items()}
    old = f'bot = telebot.TeleBot("{added["ONE"]}")\nOAUTH_CLIENT_SECRET = "{added["FAMILY"]}"\n'
    deploy = f"export AWS_ACCESS_KEY_ID={added['TWO']}\n"
    write(target, {"old.py": old, "deploy.sh": deploy, ".github/workflows/test.yml": _WORKFLOW})
    git(target, "init", "-q", "-b", "main")
    git(target, "remote", "add", "origin", "https://user:password@huggingface.co/spaces/me/chat")
    for number, name in enumerate(("old.py", ".")):
        git(target, "add", name)
        git(target, "commit", "-qm", "x", "--date", f"2026-0{number + 2}-01T12:00:00+00:00")
    (target / "old.py").unlink()
    return Built(target, {**built.values, **added})
