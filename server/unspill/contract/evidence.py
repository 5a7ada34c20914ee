"""What else in a project tells whether something reads a name, for names that no code is known to read."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from unspill import languages
from unspill.languages import FileKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unspill.document import Document

_TESTS = frozenset(
    """test tests __tests__ e2e spec testing fixtures example examples docs benchmarks evals archive archives archived
    backup backups bak old deprecated""".split()
)
"""Folders of code that the app itself does not run; nor does it what is in hidden ones, where tools keep theirs."""
_OWN = frozenset([".streamlit", ".github", ".devcontainer"])
"""Hidden folders of the app."""
_TEST = re.compile(r"(?:test_.*|.*_test|conftest)\.py|.*\.(?:test|spec)\.[cm]?[jt]sx?", re.IGNORECASE)
_DEPENDENCIES = re.compile(
    r"(?:requirements.*\.(?:txt|in)|pyproject\.toml|setup\.(?:py|cfg)|pipfile|environment\.ya?ml|package\.json|deno\.json"
    r"|(?:docker-)?compose.*\.ya?ml|dockerfile.*|.*\.dockerfile|go\.mod|cargo\.toml|gemfile|composer\.json)",
    re.IGNORECASE,
)
_LIBRARIES = {
    "HF": ("huggingface", "transformers", "diffusers", "datasets", "gradio", "spaces", "sentence"),
    "HUGGINGFACE": ("langchain", "transformers"),
    "HUGGING": ("huggingface", "transformers", "diffusers", "datasets", "gradio"),
    "LANGSMITH": ("langchain", "langgraph"),
    "LANGCHAIN": ("langgraph",),
    "AWS": ("boto", "s3fs", "bedrock", "sagemaker"),
    "GEMINI": ("google", "litellm"),
    "GOOGLE": ("gemini", "vertex"),
    "CO": ("cohere",),
    "OTEL": ("opentelemetry", "logfire"),
    "TRANSFORMERS": ("sentence",),
    "PG": ("postgres", "psycopg"),
    "AUTH": ("next-auth", "better-auth"),
    "NEXTAUTH": ("next-auth",),
    "DATABASE": ("prisma", "drizzle"),
}
"""Libraries that read names with this first word, besides those that are called so."""
_ROUTERS = (
    "litellm",
    "langchain",
    "llama-index",
    "llama_index",
    "crewai",
    "aider",
    "agno",
    "phidata",
    "autogen",
    "mastra",
)
"""Libraries that read the names of many providers."""


def is_test(path: str) -> bool:
    """Whether a file (a path or a URI) is a test, an example, old or a tool's: what it reads, the app need not have."""
    *folders, base = re.sub(r"\A\w+://", "", path).replace("\\", "/").split("/")
    hidden = {folder for folder in folders if folder.startswith(".")}
    is_apart = not hidden <= _OWN or any(folder.strip("_") in _TESTS for folder in folders)
    return is_apart or _TEST.fullmatch(base) is not None


def may_be_used(name: str, documents: Iterable[Document]) -> bool:
    """Whether a document that neither declares names nor is prose mentions one, or a dependency may read it."""
    mention = re.compile(rb"(?<![A-Za-z0-9_])%b(?![A-Za-z0-9_])" % re.escape(name.encode()), re.IGNORECASE)
    word = name.upper().partition("_")[0]
    libraries = (word.lower(), *_LIBRARIES.get(word, ()), *_ROUTERS * (name.endswith(("_KEY", "_TOKEN"))))
    for document in documents:
        base = posixpath.basename(document.path)
        if _DEPENDENCIES.fullmatch(base) and any(one in document.data.lower() for one in map(str.encode, libraries)):
            return True
        is_prose = languages.by_id(document.language).kind is FileKind.PROSE and document.language != "notebook"
        if not is_prose and document.language != "dotenv" and mention.search(document.data):
            return True
    return False
