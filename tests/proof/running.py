"""Running a Python file in this process, against stubs that record what they are given."""

from __future__ import annotations

import builtins
import io
import os
import sys
import types
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_STUBBED = ("openai", "groq", "huggingface_hub", "requests", "subprocess", "boto3", "flask", "gradio", "streamlit")
_MODULE = "made_up"


class Call(NamedTuple):
    """A call that a stub recorded: what was called, and its arguments as plain values."""

    name: str
    arguments: object


class Ran(NamedTuple):
    """What a file did: its calls, the environment it left, and how it ended ("" if well)."""

    calls: list[Call]
    environment: dict[str, str]
    error: str


class Stub(types.ModuleType):
    """A module, class or function that takes anything and records it."""

    def __init__(self, name: str, record: Callable[[str, object], object]) -> None:
        super().__init__(name)
        self.__dict__["_record"] = record

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"{self.__name__}.{name}", self._record)

    def __setattr__(self, name: str, value: object) -> None:
        self._record(f"{self.__name__}.{name} =", _plain(value))

    def __call__(self, *arguments: object, **options: object) -> Stub:
        """Record the call, and give a stub for what it returns."""
        self._record(self.__name__, _plain([arguments, options]))
        return Stub(f"{self.__name__}()", self._record)


class _Setting:
    """A field of a stubbed model."""

    def __init__(self, default: object = ..., default_factory: Any = None, **_: object) -> None:
        self.make = default_factory or (lambda: default)


def run(raw: bytes, path: str, environment: Mapping[str, str], dotenv: Mapping[str, str]) -> Ran:
    """Run the file with exactly this environment; `load_dotenv()` adds `dotenv` to it. Raises SyntaxError."""
    calls: list[Call] = []

    def record(name: str, value: object) -> None:
        calls.append(Call(name, value))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(raw, path, "exec", dont_inherit=True)
    saved, modules = dict(os.environ), {name: sys.modules.get(name) for name in (*_STUBBED, *_FAKES, _MODULE)}
    module = types.ModuleType(_MODULE)
    module.__dict__.update({name: _function(name, record) for name in ("sink", "shown", "named", "print")})
    module.__dict__["logger"] = Stub("logger", record)
    error, output = "", sys.stdout
    try:
        os.environ.clear()
        os.environ.update(environment)
        sys.modules.update({name: Stub(name, record) for name in _STUBBED})
        sys.modules.update({name: make(record, dotenv) for name, make in _FAKES.items()})
        sys.modules[_MODULE] = module
        sys.stdout = io.StringIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(code, module.__dict__)
    except Exception as problem:  # noqa: BLE001  # whatever the program does is what is recorded
        error = type(problem).__name__
    finally:
        sys.stdout = output
        left = dict(os.environ)
        os.environ.clear()
        os.environ.update(saved)
        for name, old in modules.items():
            if old is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = old
    return Ran(calls, left, error)


def _function(name: str, record: Callable[[str, object], object]) -> Callable[..., None]:
    def call(*arguments: object, **options: object) -> None:
        record(name, _plain([arguments, options]))

    return call


def _sinks(record: Callable[[str, object], object], dotenv: Mapping[str, str]) -> types.ModuleType:
    module = types.ModuleType("sinks")
    module.__dict__["sink"] = _function("sink", record)
    return module


def _dotenv(record: Callable[[str, object], object], dotenv: Mapping[str, str]) -> types.ModuleType:
    def load_dotenv() -> None:
        for name, value in dotenv.items():
            os.environ.setdefault(name, value)

    module = types.ModuleType("dotenv")
    module.__dict__["load_dotenv"] = load_dotenv
    return module


def _click(record: Callable[[str, object], object], dotenv: Mapping[str, str]) -> types.ModuleType:
    """`option` records the value that the option has on an empty command line."""

    def option(*names: str, default: object = None, envvar: str | None = None, **_: object) -> Callable[[Any], Any]:
        record("option", _plain(os.environ.get(envvar or "", default)))
        return lambda function: function

    module = types.ModuleType("click")
    module.__dict__["option"] = option
    return module


def _pydantic(record: Callable[[str, object], object], dotenv: Mapping[str, str]) -> types.ModuleType:
    class Model:
        reads_environment = False

        def __init__(self) -> None:
            for name in type(self).__annotations__:
                value = getattr(type(self), name, ...)
                value = value.make() if isinstance(value, _Setting) else value
                if self.reads_environment and name.upper() in os.environ:
                    value = os.environ[name.upper()]
                if value is ...:
                    raise builtins.ValueError(name)
                setattr(self, name, value)

    module = types.ModuleType("pydantic")
    settings = type("BaseSettings", (Model,), {"reads_environment": True, "__annotations__": {}})
    module.__dict__.update(BaseModel=Model, Field=_Setting, BaseSettings=settings)
    return module


def _streamlit(record: Callable[[str, object], object], dotenv: Mapping[str, str]) -> types.ModuleType:
    module = Stub("streamlit", record)
    module.__dict__["secrets"] = {}
    return module


_FAKES = {
    "sinks": _sinks,
    "dotenv": _dotenv,
    "click": _click,
    "pydantic": _pydantic,
    "pydantic_settings": _pydantic,
    "streamlit": _streamlit,
}


def _plain(value: object) -> object:
    """A value that compares by what it holds."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, bytes, int, float, bool)):
        return value
    if isinstance(value, os.PathLike):
        return str(value)
    return value.__name__ if isinstance(value, Stub) else f"<{type(value).__name__}>"
