"""`python -m tools.frontmatter`: write the JSON schema of a Space's front matter, `schemas/frontmatter.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from unspill.space import frontmatter

PATH = Path(frontmatter.__file__).parent.parent / "schemas" / "frontmatter.json"
_TYPES: dict[str, dict[str, Any]] = {
    "string": {"type": ["string", "number", "boolean"]},
    "version": {"type": "string"},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "list": {"type": "array", "items": {"type": "string"}},
    "mapping": {"type": "object"},
}


def schema() -> dict[str, Any]:
    """The schema (draft 2020-12). Keys that it does not have are allowed: the Hub does nothing with them."""
    table = frontmatter.table()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:unspill:frontmatter:1",
        "title": "The front matter of a Hugging Face Space's README.md",
        "description": f"From {table['source']}, {table['checked']}.",
        "type": "object",
        "required": ["sdk"],
        "properties": {key.name: _property(key) for key in frontmatter.keys().values()},
    }


def _property(key: frontmatter.FrontMatterKey) -> dict[str, Any]:
    only = f" Only with sdk: {' or '.join(key.sdks)}." if key.sdks else ""
    found: dict[str, Any] = {"description": key.says + only}
    if key.values or key.known:
        allowed: dict[str, Any] = {"enum": [*key.values, *key.former]} if key.values else {"examples": [*key.known]}
        found |= {"type": "array", "items": {"type": "string", **allowed}} if "list" in key.types else allowed
    elif len(key.types) == 1:
        found |= _TYPES[key.types[0]]
    else:
        found["anyOf"] = [_TYPES[kind] for kind in key.types]
    if key.pattern:
        found["pattern"] = f"^(?:{key.pattern})$"
    if key.most is not None:
        found["maximum"] = key.most
    if key.keys:
        found |= {"properties": {name: {"type": "string"} for name in key.keys}, "additionalProperties": False}
    if key.default:
        found["default"] = {"true": True, "false": False}.get(key.default, _number(key))
    return found


def _number(key: frontmatter.FrontMatterKey) -> str | int:
    return int(key.default) if "integer" in key.types and key.default.isdecimal() else key.default


def text() -> str:
    """The file as it should be."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
