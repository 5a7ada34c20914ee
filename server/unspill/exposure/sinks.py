"""The calls that show what they are given, by who sees it: a table. Another library is another row."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from unspill.exposure.audience import Audience

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unspill.semantics.python.facts import Expression, Given, Invocation


class ShowingCall(NamedTuple):
    """The arguments of calls that show what they are given."""

    owners: str
    """What the names are of, with `()` after what makes an object; "" for what is built in. Several are alike."""
    names: str
    positions: range = range(1)
    """The positional arguments that are shown."""
    keywords: str | None = ""
    """The keyword arguments that are shown; None for all but those that `hidden` has."""
    hidden: str = ""

    def qualified(self) -> Iterator[str]:
        """The qualified names of the calls."""
        for owner in self.owners.split() or [""]:
            yield from (f"{owner}.{name}".lstrip(".") for name in self.names.split())

    def shown(self, call: Invocation) -> Iterator[Expression]:
        """The arguments of a call that are shown."""
        position = 0
        for given in call.given:
            if given.keyword == "*":
                position = _MANY  # what comes after it may be anywhere
                continue
            if self._shows(given, position):
                yield given.value
            position += not given.keyword

    def _shows(self, given: Given, position: int) -> bool:
        if given.keyword == "":
            return position in self.positions
        if given.keyword == "**":
            return False
        named = self.hidden if self.keywords is None else self.keywords
        return (given.keyword in named.split()) is (self.keywords is not None)


_MANY = 1000
_ALL, _NONE, _SECOND, _THIRD = range(_MANY), range(0), range(1, 2), range(2, 3)
_VERBS = "get post put patch delete head options"
_CLIENTS = "requests requests.Session() requests.session() httpx httpx.Client() httpx.AsyncClient()"

TABLE: Mapping[Audience, Sequence[ShowingCall]] = {
    Audience.VISITORS: (
        # A component's value is in `/config`; that of `gr.State` stays on the server.
        ShowingCall(
            "gradio",
            """Textbox Text TextArea Markdown HTML JSON Code Number Label Chatbot Dataframe Checkbox Button ColorPicker
            HighlightedText MultimodalTextbox ParamViewer DateTime Image File Plot LoginButton update""",
            keywords="value label info placeholder choices",
        ),
        ShowingCall("gradio", "Dropdown Radio CheckboxGroup", range(2), "choices value label info"),
        ShowingCall("gradio", "Slider", _THIRD, "value label info"),
        ShowingCall("gradio", "BrowserState", keywords="default_value"),
        ShowingCall("gradio", "Examples Dataset", keywords="examples samples"),
        ShowingCall("gradio", "Info Warning Error", keywords="message title"),
        ShowingCall(
            "gradio", "Blocks Interface ChatInterface", _NONE, "title description article head js css examples"
        ),
        ShowingCall(
            "streamlit",
            """write text markdown caption title header subheader code json latex html info warning error success toast
            exception metric table dataframe text_input text_area number_input selectbox multiselect radio checkbox
            button download_button link_button slider select_slider chat_input expander popover badge""",
            _ALL,
            None,
            "key on_change on_click on_select args kwargs format_func disabled",
        ),
        ShowingCall("streamlit.components.v1", "html", keywords="html"),
        ShowingCall("fastapi fastapi.exceptions starlette.exceptions", "HTTPException", _SECOND, "detail"),
        ShowingCall(
            "fastapi.responses starlette.responses", "JSONResponse HTMLResponse PlainTextResponse", keywords="content"
        ),
        ShowingCall("flask", "jsonify make_response", _ALL, None),
    ),
    Audience.LOGS: (
        ShowingCall("", "print pprint.pprint pprint.pp rich.print", _ALL),
        ShowingCall("rich.console.Console()", "print log", _ALL),
        ShowingCall(
            """logging logging.getLogger() loguru.logger structlog.get_logger() structlog.getLogger() absl.logging
            flask.Flask().logger streamlit.logger.get_logger() transformers.utils.logging.get_logger()""",
            "debug info warning warn error critical exception log fatal",
            _ALL,
        ),
        ShowingCall("sys", "stdout.write stderr.write exit"),
        ShowingCall("click typer", "echo secho", keywords="message"),
        ShowingCall("", "warnings.warn tqdm.tqdm.write", keywords="message"),
        ShowingCall(
            "",
            """ValueError RuntimeError Exception TypeError KeyError AssertionError SystemExit OSError IOError
            EnvironmentError ConnectionError PermissionError NotImplementedError LookupError""",
            _ALL,
        ),
        ShowingCall("wandb", "init", _NONE, "config"),
        ShowingCall("", "wandb.config.update mlflow.log_params", keywords="d params"),
        ShowingCall(
            "", "mlflow.log_param sentry_sdk.set_context sentry_sdk.set_extra sentry_sdk.set_tag", _SECOND, "value"
        ),
    ),
    Audience.EXCEPTIONS: (
        ShowingCall(_CLIENTS, _VERBS, keywords="url params"),
        ShowingCall("requests requests.Session() requests.session()", "get", _SECOND),
        ShowingCall(_CLIENTS, "request stream", _SECOND, "url params"),
    ),
    Audience.PROCESSES: (
        ShowingCall("subprocess", "run Popen call check_call check_output", keywords="args"),
        ShowingCall("subprocess", "getoutput getstatusoutput", keywords="cmd"),
        ShowingCall("", "os.system os.popen asyncio.create_subprocess_shell", keywords="command cmd"),
        ShowingCall("asyncio", "create_subprocess_exec", _ALL),
    ),
    Audience.SPACES: (ShowingCall("", "gradio.load gradio_client.Client", _NONE, "token hf_token"),),
}
"""Every call that shows something, by who sees it."""


def _by_name() -> dict[str, list[tuple[Audience, ShowingCall]]]:
    found: dict[str, list[tuple[Audience, ShowingCall]]] = {}
    for audience, rows in TABLE.items():
        for row in rows:
            for name in row.qualified():
                found.setdefault(name, []).append((audience, row))
    return found


BY_NAME = _by_name()
"""The rows by the qualified names of their calls."""
LASTS = frozenset(name.rpartition(".")[2] for name in BY_NAME)
"""The last parts of those names."""
WRITING = frozenset(["setdefault", "putenv", "__setitem__", "update"])
"""The last parts of the names of calls that write to the environment."""
