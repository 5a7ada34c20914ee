"""Which names a program needs: those that its module and what it imports read, and that are not there."""

from __future__ import annotations

import pytest
from unspill.contract.kinds import NameKind, kind_of
from unspill.contract.program import program
from unspill.model import Default

from tests.helpers import MemoryTree

FILES = {
    "app.py": b"import os\nfrom chat.client import ask\nimport tool, gradio\nif x:\n    from late import y\n",
    "chat/__init__.py": b"import os\nos.environ['IN_PACKAGE_KEY']\n",
    "chat/client.py": b"import os\nfrom . import store\nfrom ..other import z\n"
    b"os.getenv('A_KEY') or os.getenv('B_KEY')\n",
    "chat/store.py": b"import os\nos.environ['C_KEY'] = 'x'\nos.environ['C_KEY']\nos.getenv('D_KEY', '')\n",
    "tool.py": b"import os, app\nos.environ['LEVEL']\nos.getenv('MODE')\nos.environ['HOME']\n",
    "late.py": b"import os\nos.getenv('E_KEY')\ndef f(): os.environ['E_KEY']\n",
    "unrelated.py": b"import os\nos.environ['F_KEY']\n",
    "notes.txt": b"",
}


def test_a_program_is_its_module_and_what_that_imports() -> None:
    """Packages, relative imports and imports inside of blocks; no module twice, and none that nothing imports."""
    found = [path for path, _ in program(MemoryTree(FILES), "app.py").documents]
    assert found == ["app.py", "chat/__init__.py", "chat/client.py", "tool.py", "late.py", "chat/store.py"]


def test_modules_are_looked_for_in_the_folder_of_the_entry_or_in_the_roots() -> None:
    """`python -m` has the working folder in its place."""
    tree = MemoryTree({"src/app.py": b"import near, far\n", "src/near.py": b"", "far.py": b""})
    assert [path for path, _ in program(tree, "src/app.py").documents] == ["src/app.py", "src/near.py"]
    assert [path for path, _ in program(tree, "src/app.py", [""]).documents][1:] == ["far.py"]


def test_packages_around_a_module_run_before_it() -> None:
    """What `python -m chat.client` runs: the package, the module, and what both import."""
    found = program(MemoryTree(FILES), "chat/client.py", [""], before=["chat/__init__.py"]).documents
    assert [path for path, _ in found] == ["chat/__init__.py", "chat/client.py", "chat/store.py"]


def test_a_large_program_is_read_in_part() -> None:
    """So many bytes are read, and no more than one file beyond, however many there are."""
    files = {f"m{number}.py": f"import m{number + 1}\n".encode() for number in range(100)}
    assert len(program(MemoryTree(files), "m0.py", most=sum(map(len, files.values())) // 2).documents) in (50, 51)


def test_what_nobody_sets_is_unset() -> None:
    """Secrets that are read without a default, and configuration whose lack is an error; each once, errors first."""
    found = program(MemoryTree(FILES), "app.py").unset({"B_KEY"})
    assert [(one.name, one.required, one.path) for one in found] == [
        ("IN_PACKAGE_KEY", True, "chat/__init__.py"),
        ("LEVEL", True, "tool.py"),
        ("E_KEY", True, "late.py"),
    ]
    assert [one.name for one in program(MemoryTree(FILES), "app.py").unset(())][1] == "A_KEY"


@pytest.mark.parametrize("entry", ["", "nowhere.py", "notes.txt"])
def test_what_is_no_program_needs_nothing(entry: str) -> None:
    """No file, or none in Python."""
    assert program(MemoryTree(FILES), entry).unset(()) == []


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("OPENAI_API_KEY HF_TOKEN openaiApiKey API_KEYS SECRET_KEY DB_PASS", NameKind.SECRET),
        ("AWS_ACCESS_KEY_ID API_KEY_2 DB_PASSWORD_PROD SENTRY_DSN GITHUB_TOKEN", NameKind.SECRET),
        ("DATABASE_URL REDIS_URL MONGODB_URI SLACK_WEBHOOK_URL AZURE_STORAGE_CONNECTION_STRING", NameKind.SECRET),
        ("MAX_TOKENS API_BASE_URL TOKEN_LIMIT SSL_KEYFILE LANGFUSE_PUBLIC_KEY", NameKind.CONFIGURATION),
        ("NEXT_PUBLIC_API_KEY GOOGLE_CLIENT_ID GITHUB_CLIENT_ID CI_PLAYWRIGHT", NameKind.CONFIGURATION),
        ("USE_USER_TOKEN ENABLE_AUTH NEO4J_URI KV_REST_API_URL", NameKind.CONFIGURATION),
        ("BRIGHT_DATA_BROWSER_AUTH WEBHOOK_AUTHORIZATION KV_REST_API_TOKEN", NameKind.SECRET),
        ("PORT HOST LOG_LEVEL MODEL_NAME PASS_THROUGH KEY_PREFIX SECRET_NAME", NameKind.CONFIGURATION),
        ("PWD RENDER HOME PATH SPACE_ID CI GITHUB_SHA CUDA_VISIBLE_DEVICES LOCAL_RANK NODE_ENV", NameKind.PLATFORM),
    ],
)
def test_the_last_words_of_a_name_say_what_it_is_for(names: str, kind: NameKind) -> None:
    """A key, a token, a password, the URL of a store: all else is configuration, or a platform's."""
    assert {name: kind_of(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


def test_a_default_that_no_secret_looks_like_makes_it_configuration() -> None:
    """A number or a switch; the rules know names that do not tell."""
    assert kind_of("MAX_KEY", [Default.SETTING]) is NameKind.CONFIGURATION
    assert kind_of("SIGNING_KEY", [Default.SETTING]) is NameKind.CONFIGURATION
    assert kind_of("QIANFAN_SK") is NameKind.CONFIGURATION
    assert kind_of("QIANFAN_SK", known={"QIANFAN_SK"}) is NameKind.SECRET
