"""What reads a secret, and what a visitor types: the expressions that ways begin at."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from unspill.contract.kinds import NameKind, kind_of
from unspill.exposure.way import OriginKind, ValueOrigin
from unspill.languages.python.readers import CALLS, ENVIRON, MAPPINGS, NO_SECRETS
from unspill.semantics.python.facts import AttributeRead, Collection, ConstantValue, Invocation, ItemRead, NameRead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unspill.exposure.modules import UnitId
    from unspill.exposure.scope import Frame, Scopes
    from unspill.semantics.python.facts import Expression, Key
    from unspill.semantics.python.lowering import PlacedClass

SECRETS = frozenset(["st.secrets", "streamlit.secrets"])
_HUB = frozenset(
    """huggingface_hub.get_token huggingface_hub.utils.get_token huggingface_hub.HfFolder.get_token
    huggingface_hub.HfFolder().get_token""".split()
)
_ASKING = frozenset("streamlit.text_input streamlit.text_area streamlit.chat_input".split())
"""Functions that return what a visitor types."""
_MOUNTED = "/run/secrets/"
_READING = frozenset(["read", "read_text"])
_SESSION = "streamlit.session_state"
_OWN_TEXT = frozenset(["__str__", "__repr__", "__repr_args__"])
_HIDING = ("SecretStr", "SecretBytes")
BEGINNING = frozenset(
    """environ getenv secrets dotenv_values userdata get_key @decouple from_env secret_from_env get_from_env
    get_from_dict_or_env get_token""".split()
)
"""The names that expressions have which read a secret, as `candidates` spells them, …"""
MOUNTED_BEGINNING = _READING
"""… in a text that may read a secret from a file …"""
OAUTH_BEGINNING = frozenset(["token"])
"""… and in one that gets the tokens of visitors."""


_UNSURE = re.compile(
    r"_BASE\Z|_ID\Z|(?:\A|_)AUTH\Z|MAPS_|MAPBOX|RECAPTCHA|FIREBASE_API_KEY|POSTHOG"
    r"|(?:REDIS|BROKER|AMQP|RABBITMQ|SENTRY)\w*_(?:URL|URI|DSN)\Z",
    re.IGNORECASE,
)
"""Names of what is mostly no secret: identifiers, keys for browsers, addresses without a password, switches."""


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether a name of the environment is a secret's, without doubt."""
    return kind_of(name) is NameKind.SECRET and _UNSURE.search(name) is None


def plain(meaning: str) -> str:
    """The qualified name of what Streamlit shows, wherever on the page that is."""
    return meaning.replace("streamlit.sidebar.", "streamlit.", 1)


def read_by(value: Expression, path: tuple[Key, ...], frame: Frame, scopes: Scopes) -> ValueOrigin | None:
    """The secret that an expression reads; `path` is the element of its value that is asked for."""
    meaning = scopes.meaning(value, frame.unit)
    if meaning.removesuffix("()") in MAPPINGS and (meaning.endswith("()") or meaning in {ENVIRON, *SECRETS}):
        return _of_mapping(path)
    if path:
        return None
    if isinstance(value, AttributeRead):
        if scopes.meaning(value.owner, frame.unit) in SECRETS and value.name not in NO_SECRETS:
            return _named(value.name)
        return _oauth(value, frame, scopes) or _setting(value, frame, scopes)
    if not isinstance(value, Invocation):
        return None
    return _called(value, frame, scopes)


def _of_mapping(path: tuple[Key, ...]) -> ValueOrigin | None:
    """What is in the environment, or in `st.secrets`, whose tables have names of their own."""
    if not path or path[0] is None:  # an iteration yields names, and `items` pairs
        return ValueOrigin(OriginKind.EVERYTHING) if path in ((), (None, 1)) else None
    last = path[-1]
    return _named(last) if isinstance(last, str) and len(path) <= 2 else None


def _called(value: Invocation, frame: Frame, scopes: Scopes) -> ValueOrigin | None:
    callee = scopes.meaning(value.callee, frame.unit)
    if callee in _HUB:
        return ValueOrigin(OriginKind.HUB_TOKEN, "HF_TOKEN")
    if callee in CALLS:
        reader = CALLS[callee]
        default = value.argument(reader.default, "default") if reader.default is not None else None
        if isinstance(default, ConstantValue) and default.text and _is_setting(default.text):
            return None
        return _named(scopes.constant(value.argument(reader.position, reader.keyword), frame))
    if not isinstance(value.callee, AttributeRead):
        return None
    owner = value.callee.owner
    if value.callee.name == "get_secret_value" and isinstance(owner, AttributeRead):
        return _setting(owner, frame, scopes, revealed=True)
    if value.callee.name in _READING and isinstance(owner, (Invocation, NameRead)):
        return _mounted(owner, frame, scopes)
    return None


def _is_setting(default: str) -> bool:
    """Whether no secret has such a default: an address without a password, a number, a switch."""
    return ("://" in default and "@" not in default) or default.isdigit() or default.lower() in ("true", "false")


def _mounted(owner: Expression, frame: Frame, scopes: Scopes) -> ValueOrigin | None:
    """`open("/run/secrets/NAME").read()`."""
    bound = scopes.bound(owner, frame.unit) if isinstance(owner, NameRead) else None
    if bound is not None and len(bound.values) == 1:
        owner = bound.values[0].value
    if not isinstance(owner, Invocation) or scopes.meaning(owner.callee, frame.unit) not in ("open", "pathlib.Path"):
        return None
    place = scopes.constant(owner.argument(0, "file"), frame)
    return ValueOrigin(OriginKind.SECRET, place[len(_MOUNTED) :]) if place and place.startswith(_MOUNTED) else None


def _oauth(value: AttributeRead, frame: Frame, scopes: Scopes) -> ValueOrigin | None:
    """`token.token`, of a parameter that Gradio fills in with a visitor's token."""
    bound = scopes.bound(value.owner, frame.unit) if isinstance(value.owner, NameRead) else None
    if value.name != "token" or bound is None or bound.parameter is None:
        return None
    annotation = bound.unit.facts.parameters[bound.parameter].annotation
    return ValueOrigin(OriginKind.VISITOR_TOKEN) if "OAuthToken" in annotation else None


def _setting(value: AttributeRead, frame: Frame, scopes: Scopes, *, revealed: bool = False) -> ValueOrigin | None:
    """A field of an object of a settings class, whose type does not hide it."""
    made = scopes.instance(value.owner, frame)
    if made is None or not is_settings(made.owner):
        return None
    field = made.owner.facts.fields.get(value.name)
    if field is None or not field.annotation or (_hides(field.annotation) and not revealed):
        return None
    return _named(_variable(made.owner, value.name))


def _variable(owner: PlacedClass, field: str) -> str:
    """The name of the environment that a field of a settings class reads, by its prefix."""
    config = owner.facts.fields.get("model_config")
    prefix: Expression | None = None
    if config is not None and isinstance(config.default, Invocation):
        prefix = config.default.argument(-1, "env_prefix")
    elif config is not None and isinstance(config.default, Collection):
        prefix = next((one.value for one in config.default.members if one.key == "env_prefix"), None)
    return f"{(prefix.text or '') if isinstance(prefix, ConstantValue) else ''}{field}".upper()


def settings_in(owner: PlacedClass) -> Iterator[str]:
    """The names of the secrets that the text of an object of a settings class has, unless it is made by the class."""
    if not _OWN_TEXT.isdisjoint(owner.methods):
        return
    for name, field in owner.facts.fields.items():
        if field.annotation and not _hides(field.annotation) and is_secret(name.upper()):
            is_left_out = isinstance(field.default, Invocation) and any(
                given.keyword in ("repr", "exclude") for given in field.default.given
            )
            if not is_left_out:
                yield _variable(owner, name)


def is_settings(owner: PlacedClass) -> bool:
    """Whether the fields of a class are read from the environment."""
    return any(base.name == "BaseSettings" for base in owner.facts.bases if isinstance(base, (NameRead, AttributeRead)))


def _hides(annotation: str) -> bool:
    return any(name in annotation for name in _HIDING)


def typed_by(
    value: Expression, path: tuple[Key, ...], frame: Frame, scopes: Scopes, given: frozenset[UnitId]
) -> ValueOrigin | None:
    """What a visitor types into an expression; `given` are the functions whose parameters visitors fill in."""
    if isinstance(value, NameRead) and not path:
        bound = scopes.bound(value, frame.unit)
        is_given = bound is not None and bound.parameter is not None and bound.unit.id in given
        return ValueOrigin(OriginKind.TYPED, value.name) if is_given and frame.call is None else None
    return asked_by(value, frame, scopes) if not path else None


def asked_by(value: Expression, frame: Frame, scopes: Scopes) -> ValueOrigin | None:
    """What a widget asks a visitor for."""
    if not isinstance(value, Invocation):
        return None
    callee = plain(scopes.meaning(value.callee, frame.unit))
    if callee not in _ASKING:
        return None
    label = value.argument(0, "label")
    return ValueOrigin(OriginKind.TYPED, (label.text or "") if isinstance(label, ConstantValue) else "")


def is_widget(call: Invocation, key: str, frame: Frame, scopes: Scopes) -> bool:
    """Whether a call asks a visitor for what the session keeps under a key."""
    given = call.argument(-1, "key")
    return isinstance(given, ConstantValue) and given.text == key and asked_by(call, frame, scopes) is not None


def session_key(value: Expression, frame: Frame, scopes: Scopes) -> str | None:
    """The key of what the session of a visitor keeps: `st.session_state.key`, `st.session_state["key"]`."""
    if isinstance(value, (AttributeRead, ItemRead)) and scopes.meaning(value.owner, frame.unit) == _SESSION:
        return value.name if isinstance(value, AttributeRead) else _text(value.key)
    return None


def _text(key: Key) -> str | None:
    return key if isinstance(key, str) else None


def _named(name: str | None) -> ValueOrigin | None:
    return ValueOrigin(OriginKind.SECRET, name) if name and is_secret(name) else None
