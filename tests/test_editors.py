"""The editors' files list the languages and settings of the server's own tables, and nothing else."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import unspill
from unspill import settings
from unspill.languages import LANGUAGES
from unspill.lsp import configuration

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EDITORS = Path(__file__).parent.parent / "editors"

# What each editor calls the languages of the server; nothing where it has no language, or opens it as another.
NAMES: dict[str, dict[str, set[str]]] = {
    "helix": {
        "dotenv": {"env"},
        "dockerfile": {"dockerfile"},
        "readme": {"markdown"},
        "python": {"python"},
        "yaml": {"yaml", "docker-compose"},
        "toml": {"toml"},
        "notebook": set(),
        "json": {"json", "jsonc"},
        "shell": {"bash"},
        "text": {"text"},
    },
    "zed": {
        "dotenv": set(),
        "dockerfile": {"Dockerfile"},
        "readme": {"Markdown"},
        "python": {"Python"},
        "yaml": {"YAML", "Docker Compose"},
        "toml": {"TOML"},
        "notebook": set(),
        "json": {"JSON", "JSONC"},
        "shell": {"Shell Script"},
        "text": {"Plain Text"},
    },
    "kate": {
        "dotenv": {"INI Files"},
        "dockerfile": {"Dockerfile"},
        "readme": {"Markdown"},
        "python": {"Python"},
        "yaml": {"YAML"},
        "toml": {"TOML"},
        "notebook": set(),
        "json": {"JSON"},
        "shell": {"Bash", "Zsh"},
        "text": {"None", "Normal"},
    },
    "emacs": {
        "dotenv": {"conf-mode", "conf-unix-mode", "dotenv-mode"},
        "dockerfile": {"dockerfile-mode", "dockerfile-ts-mode"},
        "readme": {"markdown-mode", "gfm-mode"},
        "python": {"python-mode", "python-ts-mode"},
        "yaml": {"yaml-mode", "yaml-ts-mode"},
        "toml": {"conf-toml-mode", "toml-ts-mode"},
        "notebook": set(),
        "json": {"js-json-mode", "json-mode", "json-ts-mode"},
        "shell": {"sh-mode", "bash-ts-mode"},
        "text": {"text-mode"},
    },
}
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


def named_in(editor: str) -> set[str]:
    """The languages that an editor's file lists, as that editor calls them."""
    if editor == "helix":
        table = tomllib.loads((EDITORS / "helix" / "languages.toml").read_text("utf-8"))
        return {entry["name"] for entry in table["language"] if "unspill" in entry["language-servers"]}
    if editor == "zed":
        server = tomllib.loads((EDITORS / "zed" / "extension.toml").read_text("utf-8"))["language_servers"]["unspill"]
        assert set(server["language_ids"]) == set(server["languages"])
        return set(server["languages"])
    if editor == "kate":
        server = json.loads((EDITORS / "kate" / "settings.json").read_text("utf-8"))["servers"]["unspill"]
        return set(server["highlightingModeRegex"].removeprefix("^(").removesuffix(")$").split("|"))
    listed = re.search(r"defconst unspill-modes\s+'\(([^)]*)\)", (EDITORS / "emacs" / "unspill.el").read_text("utf-8"))
    assert listed
    return set(listed[1].split())


def file_types() -> list[dict[str, Any]]:
    """The `fileTypeMappings` of an LSP4IJ template: file patterns for each language."""
    return [
        {
            "fileType": {
                "name": language.id,
                "patterns": [
                    *(f"*{suffix}" for suffix in language.suffixes),
                    *(name.capitalize() for name in language.names),
                    *(f"{prefix.capitalize()}*" for prefix in language.prefixes),
                ],
            },
            "languageId": language.editor_ids[0],
        }
        for language in LANGUAGES
        if language.suffixes
    ]


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
    assert configuration.load(None, "", editor) == settings.Settings()


def test_a_folder_that_is_not_trusted_sets_nothing() -> None:
    """Every setting is restricted to trusted folders: each could silence findings or name a program."""
    trust = manifest()["capabilities"]["untrustedWorkspaces"]
    assert trust["supported"] == "limited"
    assert {name.removeprefix("unspill.") for name in trust["restrictedConfigurations"]} == set(options())


def test_the_extension_starts_with_every_language_of_the_server() -> None:
    """A document of any language that the server knows starts the extension at once; any other, a moment later."""
    ids = [name for language in LANGUAGES for name in language.editor_ids]
    assert manifest()["activationEvents"] == [*(f"onLanguage:{name}" for name in ids), "onStartupFinished"]


def test_the_extension_has_the_version_of_the_server() -> None:
    """They are released together."""
    assert manifest()["version"] == unspill.__version__


def test_the_walkthrough_has_its_pictures() -> None:
    """What the manifest names is there."""
    (walkthrough,) = manifest()["contributes"]["walkthroughs"]
    media = [step["media"].get("image") or step["media"]["markdown"] for step in walkthrough["steps"]]
    missing = [name for name in [manifest()["icon"], *media] if not (EDITORS / "vscode" / name).exists()]
    assert missing == []


@pytest.mark.parametrize("editor", NAMES)
def test_every_language_is_listed_for_the_editors_that_want_a_list(editor: str) -> None:
    """A language that the server learns must be looked for in each of these editors."""
    assert set(NAMES[editor]) == {language.id for language in LANGUAGES}
    assert named_in(editor) == set().union(*NAMES[editor].values())


def test_the_files_for_jetbrains_are_those_of_the_server() -> None:
    """The template maps the server's own file names."""
    template = json.loads((EDITORS / "jetbrains" / "template.json").read_text("utf-8"))
    assert template["fileTypeMappings"] == file_types()


def test_the_settings_for_sublime_start_the_server() -> None:
    """The file is JSON but for its comments, and serves every file."""
    text = (EDITORS / "sublime" / "LSP.sublime-settings").read_text("utf-8")
    client = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))["clients"]["unspill"]
    assert client["command"] == ["unspill", "server"]
    assert client["selector"] == "source | text"


def test_neovim_attaches_to_every_file_type() -> None:
    """The configuration lists none, so there is nothing to forget."""
    assert "filetypes" not in (EDITORS / "nvim" / "lsp" / "unspill.lua").read_text("utf-8")
