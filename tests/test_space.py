"""What a folder is, and what its secrets are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unspill import space
from unspill.model import Secret
from unspill.space import Space
from unspill.space.names import VALID, Names, is_usable
from unspill.space.words import as_env_name

from tests.helpers import MemoryTree, document_of, finding_at, token

FRONT = b"""---
title: x
sdk: gradio # a comment
app_file: 'main.py'
python_version: "3.12"
---
text
sdk: docker
"""


def test_a_space_is_the_nearest_folder_with_an_sdk() -> None:
    """The README's front matter decides, over a nearer pyproject.toml or Dockerfile."""
    tree = MemoryTree({"a/README.md": FRONT, "a/b/pyproject.toml": b"", "a/b/app.py": b"", "README.md": b"# x\n"})
    assert space.find(tree, "a/b/app.py") == Space("a", "gradio", (3, 12), "main.py")


@pytest.mark.parametrize(
    ("files", "root"),
    [
        ({"a/pyproject.toml": b"", "a/b/app.py": b""}, "a"),
        ({"a/b/Dockerfile": b"", "a/pyproject.toml": b"", "a/b/app.py": b""}, "a/b"),
        ({"a/b/app.py": b""}, ""),
        ({"a/.git/config": b"", "a/b/app.py": b"", "pyproject.toml": b""}, "a"),
    ],
)
def test_without_a_space_the_nearest_project_counts(files: dict[str, bytes], root: str) -> None:
    """pyproject.toml, Dockerfile and .git mark an app; else it is the tree itself."""
    assert space.find(MemoryTree(files), "a/b/app.py") == Space(root)


@pytest.mark.parametrize(
    "readme", [b"", b"sdk: gradio\n", b"---\nsdk: gradio\n", b"# x\n---\nsdk: gradio\n---\n", b"---\n\n---\n"]
)
def test_what_is_no_front_matter_says_nothing(readme: bytes) -> None:
    """Only a block between `---` lines at the very start counts."""
    assert space.front_matter(readme) == {}


def test_unquoted_python_versions_are_read_as_text() -> None:
    """`3.10` is no float here: it stays 3.10."""
    tree = MemoryTree({"README.md": b"---\nsdk: docker\npython_version: 3.10\n---\n"})
    assert space.find(tree, "app.py").python == (3, 10)


def test_one_value_has_one_name_and_two_values_never_share_one() -> None:
    """The first value keeps the SDK's name, another one gets a number, and asking again gives the same."""
    names = Names()
    one, two = Secret("v1"), Secret("v2")
    assert [names.name(one, "HF_TOKEN"), names.name(two, "HF_TOKEN"), names.name(one, "OTHER")] == [
        "HF_TOKEN", "HF_TOKEN_2", "HF_TOKEN",
    ]  # fmt: skip


def test_what_env_holds_already_keeps_its_name() -> None:
    """A value found in `.env` is called what it is called there; a name with another value is not reused."""
    names = Names({"MY_TOKEN": "v1", "HF_TOKEN": "v9", "EMPTY": ""})
    assert names.name(Secret("v1"), "HF_TOKEN") == "MY_TOKEN"
    assert names.name(Secret("v2"), "HF_TOKEN") == "HF_TOKEN_2"
    assert names.name(Secret("v3"), "EMPTY") == "EMPTY"


@pytest.mark.parametrize(
    "bad", ["SPACE_ID", "PATH", "1X", "A-B", "_X", "", "space_host", "VITE_HF_TOKEN", "next_public_key"]
)
def test_names_that_a_space_cannot_have_are_passed_over(bad: str) -> None:
    """Built-in, process, public and invalid names are no names for a secret."""
    assert not is_usable(bad)
    assert Names().name(Secret("v"), bad, "GOOD") == "GOOD"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('os.environ["MY_KEY"] = "{}"', "MY_KEY"),
        ('os.getenv("MY_KEY", "{}")', "MY_KEY"),
        ('my_bot = "{}"', "HF_TOKEN"),
        ('login(token="{}")', "HF_TOKEN"),
        ('HUGGINGFACEHUB_API_TOKEN = "{}"', "HUGGINGFACEHUB_API_TOKEN"),
    ],
)
def test_the_place_names_the_secret_before_the_provider_does(source: str, name: str) -> None:
    """A name in the environment wins; a variable only if it is one that the SDK reads."""
    document = document_of("import os\n" + source.format(token()) + "\n")
    env = ("HF_TOKEN", "HUGGINGFACEHUB_API_TOKEN")
    assert Names().of(finding_at(document, token(), env=env)) == name


@given(st.text(max_size=30))
def test_a_derived_name_is_valid_or_empty(text: str) -> None:
    """Whatever a variable or option is called, what is made of it can be declared."""
    made = as_env_name(text)
    assert made == "" or VALID.match(made)
