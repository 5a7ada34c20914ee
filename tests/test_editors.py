"""The editors' files list the languages and settings of the server's own tables, and nothing else."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import unspill
from unspill import settings
from unspill.languages import LANGUAGES
from unspill.lsp.folders import load_settings

from tools import languages

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EDITORS = Path(__file__).parent.parent / "editors"

# Settings of the extension itself, and of the server but not of a scan.
OWN = {"enable", "server.path", "maskValues", "diagnosticMode"}
# What decides about an exit code means nothing in an editor.
NOT_IN_EDITORS = {"fail-on"}


def manifest() -> dict[str, Any]:
    """The extension's package.json."""
    return dict(json.loads((EDITORS / "vscode" / "package.json").read_text("utf-8")))


def options() -> dict[str, Any]:
    """The settings that the extension declares, by name without the section."""
    declared = manifest()["contributes"]["configuration"]["properties"]
    return {name.removeprefix("unspill."): schema for name, schema in declared.items()}


def camel(key: str) -> str:
    """A key of `unspill.toml` as editors spell it."""
    return re.sub(r"-([a-z])", lambda match: match[1].upper(), key)


def test_the_extension_declares_the_settings_of_the_server() -> None:
    """Every setting of a scan has its name, its words and its default in the extension, and there are no others."""
    assert set(options()) == OWN | {camel(key) for key in settings._KEYS if key not in NOT_IN_EDITORS}
    defaults = settings.Settings()
    assert tuple(options()["confidence"]["enum"]) == settings.CONFIDENCES
    assert options()["confidence"]["default"] == defaults.confidence.label
    assert tuple(options()["severity"]["additionalProperties"]["enum"]) == settings.SEVERITIES
    assert options()["maxFileSize"]["default"] == defaults.max_file_size
    for key in settings._LISTS:
        assert options()[key]["type"] == "array"
        assert options()[key]["items"] == {"type": "string"}
        assert options()[key]["default"] == []


def test_the_server_takes_every_setting_of_the_extension() -> None:
    """With each setting at its default, the server has nothing to object to."""
    editor = {name: schema["default"] for name, schema in options().items()}
    assert load_settings(None, "", editor) == settings.Settings()


def test_a_folder_that_is_not_trusted_sets_nothing() -> None:
    """Every setting is restricted to trusted folders: each could silence findings or name a program."""
    trust = manifest()["capabilities"]["untrustedWorkspaces"]
    assert trust["supported"] == "limited"
    assert {name.removeprefix("unspill.") for name in trust["restrictedConfigurations"]} == set(options())


def test_the_extension_has_the_version_of_the_server() -> None:
    """They are released together."""
    assert manifest()["version"] == unspill.__version__


def test_the_walkthrough_has_its_pictures() -> None:
    """What the manifest names is there."""
    (walkthrough,) = manifest()["contributes"]["walkthroughs"]
    media = [step["media"].get("image") or step["media"]["markdown"] for step in walkthrough["steps"]]
    missing = [name for name in [manifest()["icon"], *media] if not (EDITORS / "vscode" / name).exists()]
    assert missing == []


def test_what_is_listed_is_what_the_table_of_languages_says() -> None:
    """No list of an editor, nor docs/languages.md, is stale; `python -m tools.languages` writes them."""
    assert list(languages.stale()) == []


def test_the_extension_starts_with_every_language_of_the_server() -> None:
    """A document of any language that the server knows starts the extension at once; any other, a moment later."""
    ids = [name for language in LANGUAGES for name in language.editors.ids]
    assert manifest()["activationEvents"] == [*(f"onLanguage:{name}" for name in ids), "onStartupFinished"]


def test_the_lists_can_be_read() -> None:
    """Each list is well-formed where its editor looks for it, and names Python."""
    helix = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text("utf-8"))
    assert "python" in {one["name"] for one in helix["language"] if "unspill" in one["language-servers"]}
    zed = tomllib.loads((EDITORS / "zed" / "extension.toml").read_text("utf-8"))["language_servers"]["unspill"]
    assert set(zed["language_ids"]) == set(zed["languages"])
    assert "Python" in zed["languages"]
    kate = json.loads((EDITORS / "kate" / "settings.json").read_text("utf-8"))["servers"]["unspill"]
    assert re.search(kate["highlightingModeRegex"], "Python")
    emacs = re.search(r"defconst unspill-modes\s+'\(([^)]*)\)", (EDITORS / "emacs" / "unspill.el").read_text("utf-8"))
    assert emacs
    assert "python-mode" in emacs[1].split()
    jetbrains = json.loads((EDITORS / "jetbrains" / "template.json").read_text("utf-8"))["fileTypeMappings"]
    assert {"python", "shellscript"} <= {one["languageId"] for one in jetbrains}


def test_the_settings_for_sublime_start_the_server() -> None:
    """The file is JSON but for its comments, and serves every file."""
    text = (EDITORS / "sublime" / "LSP.sublime-settings").read_text("utf-8")
    client = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))["clients"]["unspill"]
    assert client["command"] == ["unspill", "server"]
    assert client["selector"] == "source | text"


def test_neovim_attaches_to_every_file_type() -> None:
    """The configuration lists none, so there is nothing to forget."""
    assert "filetypes" not in (EDITORS / "nvim" / "lsp" / "unspill.lua").read_text("utf-8")
