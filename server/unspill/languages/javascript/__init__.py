"""JavaScript and TypeScript: the names that they read from the environment. All else is recognized as in any text."""

from __future__ import annotations

from unspill.languages.javascript.uses import env_uses, helped

__all__ = ["env_uses", "helped"]
