"""Fixes of declared secrets that leak: what shows one is removed where nothing else is needed."""

from __future__ import annotations

import pytest
from unspill import fixes
from unspill.document import Document, apply_edits
from unspill.model import Finding, Plan, Safety
from unspill.space.names import Names

from tests.helpers import MemoryTree
from tests.test_exposure import WATCHING, found, program

KEY = "key = os.environ['API_KEY']"


def planned(finding: Finding, files: dict[str, str]) -> Plan:
    """What can be done about a finding."""
    tree = MemoryTree({path: text.encode() for path, text in files.items()})
    return fixes.plan(finding, Document(tree["app.py"], "app.py", "python"), fixes.Project(tree, Names()))


def made(check: str, *lines: str) -> tuple[str, ...] | None:
    """The lines of a program after the fixes of all findings; None if there is none for one of them."""
    files = program("import gradio as gr, streamlit as st", *lines)
    changes = []
    for finding in found(WATCHING[check], files):
        plan = planned(finding, files)
        if not plan.fixes:
            return None
        assert plan.safe is None
        (fix,) = plan.fixes
        assert fix.safety is Safety.UNSAFE
        changes += [(edit.span, edit.text) for edit in fix.edits]
    assert changes
    text = apply_edits(files["app.py"].encode(), changes).decode()
    assert found(WATCHING[check], {"app.py": text}) == []
    compile(text, "app.py", "exec")
    return tuple(text.splitlines()[2:])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["print(key)"], []),
        (["print('key:', key)", "x = 1"], ["x = 1"]),
        (["print(f'key {key}')"], []),
        (["x = 1; print(key); y = 2"], ["x = 1; y = 2"]),
        (["def f():", "    print(key)"], ["def f():", "    pass"]),
        (["def f():", "    print(key)", "    print('k', key)"], ["def f():", "    pass"]),
        (["def f():", "    x = 1", "    print(key)"], ["def f():", "    x = 1"]),
    ],
)
def test_a_print_of_a_secret_alone_is_removed(before: list[str], after: list[str]) -> None:
    """A statement that prints a secret and constant texts goes; a block does not become empty."""
    assert made("secret-logged", KEY, *before) == (KEY, *after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('gr.Textbox(label="Key", value=key)', 'gr.Textbox(label="Key")'),
        ('gr.Textbox(value=key, type="password")', 'gr.Textbox(type="password")'),
        ("gr.Textbox(value=key)", "gr.Textbox()"),
        ('st.text_input("Key", value=os.environ["A_KEY"])', 'st.text_input("Key")'),
    ],
)
def test_a_field_starts_empty(before: str, after: str) -> None:
    """The keyword that fills in a field goes with its comma."""
    assert made("secret-shown-to-visitors", KEY, before) == (KEY, after)


@pytest.mark.parametrize(
    ("check", "line"),
    [
        ("secret-logged", "print(key, compute())"),
        ("secret-logged", "print(f'{key} {compute()}')"),
        ("secret-logged", "print('a', f'{compute()}', key)"),
        ("secret-logged", "print(key) or compute()"),
        ("secret-logged", "x = print(key)"),
        ("secret-logged", "raise ValueError(key)"),
        ("secret-shown-to-visitors", "st.write(key)"),
        ("secret-shown-to-visitors", "gr.Markdown(value=key)"),
        ("secret-shown-to-visitors", "gr.Textbox(key)"),
        ("secret-shown-to-visitors", "gr.Textbox(label=key)"),
    ],
)
def test_what_is_part_of_more_stays(check: str, line: str) -> None:
    """Where removal would take more than the secret, or is not enough, the advice is all there is."""
    assert made(check, KEY, line) is None
