"""What reads the environment in Python, as tables: which call takes the name where. Another library is another row."""

from __future__ import annotations

import re
from typing import NamedTuple


class ReadingCall(NamedTuple):
    """How a call takes the name that it reads: by the position of the argument (0-based), or its keyword."""

    position: int = 0
    keyword: str = "key"
    default: int | None = 1
    """The index of the argument with the default, whose keyword is always `default`; None if it has no index."""
    required: bool = False
    """Whether the call fails without the name, unless it has a default."""


ENVIRON = "os.environ"
SECRETS = "streamlit.secrets"
MAPPINGS = frozenset([ENVIRON, SECRETS, "st.secrets", "dotenv.dotenv_values"])
"""Mappings from names to values."""
MAPPING_METHODS = {
    "get": ReadingCall(),
    "pop": ReadingCall(required=True),
    "setdefault": ReadingCall(),
    "__getitem__": ReadingCall(default=None, required=True),
}
"""The methods of a mapping that read."""
_STRICT = ReadingCall(default=None, required=True)
_LANGCHAIN = {
    "from_env": _STRICT,
    "secret_from_env": _STRICT,
    "get_from_env": ReadingCall(1, "env_key", 2, required=True),
    "get_from_dict_or_env": ReadingCall(2, "env_key", 3, required=True),
}
CALLS = {
    "os.getenv": ReadingCall(),
    **{f"{mapping}.{name}": reader for mapping in MAPPINGS for name, reader in MAPPING_METHODS.items()},
    "dotenv.get_key": ReadingCall(1, "key_to_get", None),
    "decouple.config": ReadingCall(keyword="option", default=None, required=True),
    "google.colab.userdata.get": _STRICT,
    "userdata.get": _STRICT,
    **{
        f"{module}.{name}": reader
        for module in ("langchain_core.utils", "langchain_core.utils.utils", "langchain_core.utils.env")
        for name, reader in _LANGCHAIN.items()
    },
}  # fmt: skip
"""The calls that read the name that an argument gives, by qualified name."""
OBJECTS: dict[str, int | None] = {
    "environs.Env": 1,
    "environs.FileAwareEnv": 1,
    "environ.Env": 1,
    "environ.FileAwareEnv": 1,
    "starlette.config.Config": 2,
    "decouple.Config": None,
    "decouple.AutoConfig": None,
    "kaggle_secrets.UserSecretsClient": None,
}
"""The objects that read names when they are called, or a method is; and the index of the argument with the default."""
NO_READERS = frozenset("read_env read_envfile prefixed seal dump add_parser parser_for get_gcloud_credential".split())
"""Methods of those objects that take no name."""
OPTIONS = frozenset(["option", "argument", "Option", "Argument"])
"""Calls of click and typer that declare an option, which reads `envvar`."""
KEYWORDS = {
    **dict.fromkeys(OPTIONS, "envvar"),
    **dict.fromkeys(("add_argument", "add_arg", "add"), "env_var"),
    "EnvVar": "name",
}
"""The keyword under which calls take names (click, typer, configargparse), by the last part of the qualified name."""
PREFIXES = {"Dynaconf": "envvar_prefix", "LazySettings": "envvar_prefix"}
"""The keyword under which calls take what names begin with."""
COPIES = frozenset(["dict", "copy.copy", "copy.deepcopy"])
"""Calls that copy a mapping."""
NO_SECRETS = frozenset("get items keys values to_dict has_key load_if_toml_exists file_change_listener".split())
"""Attributes of `st.secrets` that are not names."""

MAY_USE = re.compile(
    rb"environ|getenv|putenv|Settings|envvar|env_var|secrets|userdata|decouple|from_env|dotenv|[dD]ynaconf|starlette"
    rb"|EnvVar|_or_env|kaggle"
)
"""One of these is in a text that reads or writes the environment."""
