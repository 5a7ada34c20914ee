"""The places where a secret can stand, in the words of each language. Fixes dispatch on the class, not on the rule."""

from __future__ import annotations

from typing import ClassVar, Final


class Site:
    """Where a span sits, in the words of its language. The class says what the place is; fixes dispatch on it.

    `name` is the name that the place itself gives the value (a variable, an environment name, a key), if any.
    A value, equal to another of the same class and fields. No dataclass: to load and make those would take a tenth of
    the time in which a small project is checked.
    """

    kind: ClassVar[str] = "text"

    def __init__(self, name: str | None = None) -> None:
        self.name: Final = name

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Text(Site):
    """Anywhere that no parser knows; `operator` is what stands between the name and the value."""

    kind: ClassVar[str] = "text"

    def __init__(self, name: str | None = None, operator: str | None = None) -> None:
        super().__init__(name)
        self.operator: Final = operator


class Assignment(Site):
    """The whole right side of an assignment to a variable (`HF_TOKEN = "…"`)."""

    kind: ClassVar[str] = "assignment"


class AttributeAssignment(Site):
    """The right side of an assignment to an attribute (`openai.api_key = "…"`); `target` is its dotted path."""

    kind: ClassVar[str] = "attribute-assignment"

    def __init__(self, name: str | None = None, target: str = "") -> None:
        super().__init__(name)
        self.target: Final = target


class EnvAssignment(Site):
    """A write to the environment (`os.environ["X"] = "…"`, `setdefault`, `update`, `putenv`, `%env X=`)."""

    kind: ClassVar[str] = "env-assignment"


class EnvDefault(Site):
    """The fallback of an environment read (`os.getenv("X", "…")`, `os.getenv("X") or "…"`)."""

    kind: ClassVar[str] = "env-default"


class EnvName(Site):
    """A value that stands where the *name* of an environment variable should (`os.getenv("hf_…")`)."""

    kind: ClassVar[str] = "env-name"


class KeywordArgument(Site):
    """`callee(keyword="…")`; `name` is the keyword."""

    kind: ClassVar[str] = "keyword-argument"

    def __init__(self, name: str | None = None, callee: str = "") -> None:
        super().__init__(name)
        self.callee: Final = callee


class PositionalArgument(Site):
    """`callee("…")`; `index` counts from 0."""

    kind: ClassVar[str] = "positional-argument"

    def __init__(self, name: str | None = None, callee: str = "", index: int = 0) -> None:
        super().__init__(name)
        self.callee: Final = callee
        self.index: Final = index


class FunctionDefault(Site):
    """The default of a parameter (`def f(token="…")`); `name` is the parameter."""

    kind: ClassVar[str] = "function-default"

    def __init__(self, name: str | None = None, function: str = "") -> None:
        super().__init__(name)
        self.function: Final = function


class ClassAttribute(Site):
    """A value bound in a class body; `base` is the first base class, if any."""

    kind: ClassVar[str] = "class-attribute"

    def __init__(self, name: str | None = None, base: str = "") -> None:
        super().__init__(name)
        self.base: Final = base


class DictEntry(Site):
    """A value under a constant key of a mapping in code."""

    kind: ClassVar[str] = "dict-entry"


class ListItem(Site):
    """An element of a list, tuple or set in code."""

    kind: ClassVar[str] = "list-item"


class HeaderValue(Site):
    """A value in an HTTP header (`"Authorization": "Bearer …"`); `scheme` is `Bearer`, `Basic`, … or empty."""

    kind: ClassVar[str] = "header"

    def __init__(self, name: str | None = None, scheme: str = "") -> None:
        super().__init__(name)
        self.scheme: Final = scheme


_WEB = frozenset(["http", "https", "ssh", "git", "ftp", "ftps", "sftp", "svn", "ws", "wss"])


class UrlUserinfo(Site):
    """The user or password of a URL; `scheme` is the URL's."""

    kind: ClassVar[str] = "url-userinfo"

    def __init__(self, name: str | None = None, scheme: str = "") -> None:
        super().__init__(name)
        self.scheme: Final = scheme

    @property
    def is_web(self) -> bool:
        """Whether the URL is one of the web or of git, and not a database's."""
        return not _WEB.isdisjoint(self.scheme.split("+"))  # `git+https`


class UrlQuery(Site):
    """The value of a query parameter of a URL; `name` is the parameter."""

    kind: ClassVar[str] = "url-query"


class UiDefault(Site):
    """A value that a user interface sends to its visitors (`gr.Textbox(value="…")`)."""

    kind: ClassVar[str] = "ui-default"

    def __init__(self, name: str | None = None, component: str = "") -> None:
        super().__init__(name)
        self.component: Final = component


class Comparison(Site):
    """A literal that something is compared with (`password == "…"`)."""

    kind: ClassVar[str] = "comparison"


class StringPart(Site):
    """Part of a string in code that none of the other places describes."""

    kind: ClassVar[str] = "string"


class Docstring(Site):
    """A docstring."""

    kind: ClassVar[str] = "docstring"


class Comment(Site):
    """A comment."""

    kind: ClassVar[str] = "comment"


class Prose(Site):
    """Text that people read: Markdown, a README's body."""

    kind: ClassVar[str] = "prose"


class FrontMatter(Site):
    """A value in the YAML front matter of a README."""

    kind: ClassVar[str] = "front-matter"


class DotenvValue(Site):
    """The value of a line in a dotenv file."""

    kind: ClassVar[str] = "dotenv"


class DockerEnv(Site):
    """A pair of an `ENV` instruction."""

    kind: ClassVar[str] = "docker-env"


class DockerArg(Site):
    """The default of an `ARG` instruction."""

    kind: ClassVar[str] = "docker-arg"


class DockerInstruction(Site):
    """Anywhere else in a Dockerfile; `instruction` is its upper-case name (`RUN`, `CMD`, `LABEL`, …)."""

    kind: ClassVar[str] = "docker-instruction"

    def __init__(self, name: str | None = None, instruction: str = "") -> None:
        super().__init__(name)
        self.instruction: Final = instruction


class ShellAssignment(Site):
    """`NAME=…`, exported or in front of a command, in a shell script."""

    kind: ClassVar[str] = "shell-assignment"


class ShellArgument(Site):
    """A word, or part of one, of a shell command; `command` is the first word."""

    kind: ClassVar[str] = "shell-argument"

    def __init__(self, name: str | None = None, command: str = "") -> None:
        super().__init__(name)
        self.command: Final = command


class ConfigValue(Site):
    """A scalar of a YAML, TOML or JSON file. `path` are the keys from the root, `consumer` is who reads the file.

    Consumers decide what a fix may write: `compose`, `github-actions`, `litellm`, `streamlit`, `mcp`, … or empty.
    """

    kind: ClassVar[str] = "config"

    def __init__(self, name: str | None = None, path: tuple[str, ...] = (), consumer: str = "") -> None:
        super().__init__(name)
        self.path: Final = path
        self.consumer: Final = consumer


class CellOutput(Site):
    """The output of a notebook cell."""

    kind: ClassVar[str] = "cell-output"


UNLOCATED = Site()
"""The site of a finding that nobody has located yet: doing so may parse the document."""
