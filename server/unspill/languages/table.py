"""The table of languages: the properties of each. CONTRIBUTING.md shows how to add one.

Behaviour that differs by language depends on a row, as do the lists of editors and docs/languages.md (written by
`python -m tools.languages`).
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class FileKind(Enum):
    """The kind of a file's content, which determines the meaning of an unquoted word."""

    CODE = "code"
    """A bare word is a name."""
    COMMANDS = "commands"
    """A bare word is a value, or a program."""
    CONFIGURATION = "configuration"
    """A bare word is a value."""
    PROSE = "prose"
    """A bare word is part of a sentence."""
    DATA = "data"
    """Unknown."""


class CommentSyntax(NamedTuple):
    """The markers of a comment, with the spaces that people write at their inner ends."""

    before: str
    after: str = ""
    ends_lines: bool = True
    """Whether it may follow other text on a line."""
    splits_lines: bool = False
    """Whether it may be between the parts of a line that is continued by a backslash."""
    also: str = ""
    """Other markers that start a comment."""

    def begins(self, text: bytes) -> bool:
        """Whether `text` is one of these comments."""
        return text.lstrip().startswith(tuple(mark.strip().encode() for mark in (self.before, self.also) if mark))


class Editors(NamedTuple):
    """The names of a language in editors that need a list; empty where an editor does not have it."""

    ids: tuple[str, ...] = ()
    """The `languageId` of the Language Server Protocol, as in VS Code; the usual one first."""
    helix: tuple[tuple[str, ...], ...] = ()
    """The name in Helix, and Helix's default servers, whose list a configuration replaces."""
    zed: tuple[tuple[str, str], ...] = ()
    """The name in Zed, and the `languageId` that is sent for it."""
    kate: tuple[str, ...] = ()
    """Highlighting modes."""
    emacs: tuple[str, ...] = ()
    """Major modes."""


class Language(NamedTuple):
    """A language, or a family of them. `names` are exact base names, `prefixes` their first parts, in lower case."""

    id: str
    kind: FileKind
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    comment: CommentSyntax | None = None
    """The comment syntax of ignore directives; None if unknown."""
    module: str = "text"
    """The module of `languages/` that returns the site of a span."""
    grammar: str = ""
    """The grammar that parses it (`unspill.syntax`), if any."""
    fixer: str = "text"
    """The module of `fixes/` that fixes its findings."""
    undoes: bool = False
    """Whether the fixer supports values that are split or encoded; else such a fix is manual."""
    names_variables: bool = False
    """Whether a word that is the name of a used variable refers to it anywhere: the id of a secret mount, say, or a key
    that the steps of a workflow read."""
    loading: str = ""
    """How to load `.env` into a program of `{files}`, if its programs have to load it themselves.

    `{start}` is the command that starts the app.
    """
    editors: Editors = Editors()


HASH = CommentSyntax("# ")
SLASHES = CommentSyntax("// ", also="/*")
DASHES = CommentSyntax("-- ")
MARKUP = CommentSyntax("<!-- ", " -->")
# After a value, or an instruction, it would be part of it.
HASH_ALONE = CommentSyntax("# ", ends_lines=False)

TEXT = Language(
    "text",
    FileKind.DATA,
    editors=Editors(
        ids=("plaintext",),
        helix=(("text",),),
        zed=(("Plain Text", "plaintext"),),
        kate=("None", "Normal"),
        emacs=("text-mode",),
    ),
)
"""The row of any file that no other row matches."""

# The first row that matches a file's name wins.
LANGUAGES: tuple[Language, ...] = (
    Language(
        "dotenv",
        FileKind.CONFIGURATION,
        suffixes=(".env",),
        names=(".env", "env.example", "env.sample", "env.template"),
        prefixes=(".env.", ".env-", ".env_"),
        comment=HASH_ALONE,
        module="dotenv",
        fixer="dotenv",
        undoes=True,
        editors=Editors(
            ids=("dotenv", "properties"),
            helix=(("env",),),
            kate=("INI Files",),
            emacs=("conf-mode", "conf-unix-mode", "dotenv-mode"),
        ),
    ),
    Language(
        "dockerfile",
        FileKind.COMMANDS,
        suffixes=(".dockerfile", ".containerfile"),
        names=("dockerfile", "containerfile"),
        prefixes=("dockerfile.", "containerfile."),
        comment=CommentSyntax("# ", ends_lines=False, splits_lines=True),
        module="dockerfile",
        grammar="containerfile",
        fixer="dockerfile",
        names_variables=True,
        editors=Editors(
            ids=("dockerfile",),
            helix=(("dockerfile", "docker-langserver"),),
            zed=(("Dockerfile", "dockerfile"),),
            kate=("Dockerfile",),
            emacs=("dockerfile-mode", "dockerfile-ts-mode"),
        ),
    ),
    Language(
        "readme",
        FileKind.PROSE,
        suffixes=(".md", ".markdown", ".mdx"),
        comment=MARKUP,
        module="readme",
        fixer="prose",
        undoes=True,
        editors=Editors(
            ids=("markdown",),
            helix=(("markdown", "marksman", "markdown-oxide"),),
            zed=(("Markdown", "markdown"),),
            kate=("Markdown",),
            emacs=("markdown-mode", "gfm-mode"),
        ),
    ),
    Language(
        "python",
        FileKind.CODE,
        suffixes=(".py", ".pyi", ".pyw"),
        comment=HASH,
        module="python",
        grammar="python",
        fixer="python",
        undoes=True,
        loading="start the app with `unspill run -- {start}`, or call load_dotenv() before {files} reads it and add"
        " python-dotenv to the requirements",
        editors=Editors(
            ids=("python",),
            helix=(("python", "ty", "ruff", "jedi", "pylsp"),),
            zed=(("Python", "python"),),
            kate=("Python",),
            emacs=("python-mode", "python-ts-mode"),
        ),
    ),
    Language(
        "yaml",
        FileKind.CONFIGURATION,
        suffixes=(".yaml", ".yml"),
        comment=HASH,
        module="yaml",
        grammar="yaml",
        fixer="config",
        names_variables=True,
        editors=Editors(
            ids=("yaml", "dockercompose", "github-actions-workflow"),
            helix=(
                ("yaml", "yaml-language-server", "ansible-language-server"),
                ("docker-compose", "docker-compose-langserver", "yaml-language-server"),
            ),
            zed=(("YAML", "yaml"), ("Docker Compose", "dockercompose")),
            kate=("YAML",),
            emacs=("yaml-mode", "yaml-ts-mode"),
        ),
    ),
    Language(
        "toml",
        FileKind.CONFIGURATION,
        suffixes=(".toml",),
        names=("pipfile",),
        comment=HASH,
        module="toml",
        grammar="toml",
        fixer="config",
        editors=Editors(
            ids=("toml",),
            helix=(("toml", "taplo", "tombi"),),
            zed=(("TOML", "toml"),),
            kate=("TOML",),
            emacs=("conf-toml-mode", "toml-ts-mode"),
        ),
    ),
    Language(
        "notebook",
        FileKind.PROSE,
        suffixes=(".ipynb",),
        module="notebook",
        grammar="json",
        fixer="notebook",
        undoes=True,
        loading="start Jupyter with `unspill run -- jupyter lab`, or first run `%pip install python-dotenv`,"
        " `%load_ext dotenv` and `%dotenv` in {files}",
        editors=Editors(ids=("jupyter",)),
    ),
    Language(
        "json",
        FileKind.CONFIGURATION,
        suffixes=(".json", ".jsonc", ".webmanifest"),
        module="json",
        grammar="json",
        fixer="config",
        editors=Editors(
            ids=("json", "jsonc"),
            helix=(("json", "vscode-json-language-server"), ("jsonc", "vscode-json-language-server")),
            zed=(("JSON", "json"), ("JSONC", "jsonc")),
            kate=("JSON",),
            emacs=("js-json-mode", "json-mode", "json-ts-mode"),
        ),
    ),
    Language(
        "shell",
        FileKind.COMMANDS,
        suffixes=(".sh", ".bash", ".zsh", ".ksh"),
        names=(".bashrc", ".zshrc", ".profile", ".bash_profile"),
        comment=HASH,
        module="shell",
        grammar="bash",
        fixer="shell",
        names_variables=True,
        editors=Editors(
            ids=("shellscript", "sh", "bash", "zsh"),
            helix=(("bash", "bash-language-server"),),
            zed=(("Shell Script", "shellscript"),),
            kate=("Bash", "Zsh"),
            emacs=("sh-mode", "bash-ts-mode"),
        ),
    ),
    # Languages without a parser, in families: by kind and comment syntax.
    Language("html", FileKind.CODE, (".html", ".htm", ".xhtml", ".vue", ".svelte"), comment=MARKUP, module="html"),
    Language("xml", FileKind.CONFIGURATION, (".xml", ".plist"), comment=MARKUP),
    Language("svg", FileKind.DATA, (".svg",), comment=MARKUP),
    Language(
        "javascript",
        FileKind.CODE,
        (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"),
        comment=SLASHES,
        module="javascript",
        loading="run `node --env-file=.env {files}`",
    ),
    Language(
        "code-slashes",
        FileKind.CODE,
        tuple(
            ".go .rs .java .kt .kts .swift .c .h .cc .cpp .cxx .hpp .mm .cs .php .dart .scala .groovy .gradle .scss"
            " .proto".split()
        ),
        comment=SLASHES,
    ),
    Language(
        "code-hashes",
        FileKind.CODE,
        (".rb", ".pl", ".pm", ".r", ".ps1", ".psm1", ".nix", ".jl", ".ex", ".exs", ".graphql"),
        comment=HASH,
    ),
    Language(
        "code-dashes",
        FileKind.CODE,
        (".sql", ".lua", ".hs", ".elm", ".adb", ".ads", ".vhd", ".vhdl"),
        comment=DASHES,
    ),
    Language("code", FileKind.CODE, (".vb", ".erl", ".clj", ".m", ".css")),
    Language("make", FileKind.COMMANDS, (".mk", ".makefile"), ("makefile", "gnumakefile"), names_variables=True),
    Language("batch", FileKind.COMMANDS, (".bat", ".cmd"), names_variables=True),
    Language(
        "ini",
        FileKind.CONFIGURATION,
        (".ini", ".cfg", ".conf", ".properties"),
        comment=HASH_ALONE._replace(also=";"),
    ),
    Language("configuration-hashes", FileKind.CONFIGURATION, (".tf", ".tfvars", ".hcl"), comment=HASH),
    Language("configuration", FileKind.CONFIGURATION, (".config", ".rsp", ".example", ".dist")),
    Language("prose", FileKind.PROSE, (".txt", ".rst", ".adoc", ".asciidoc", ".tex", ".po")),
    TEXT,
)
