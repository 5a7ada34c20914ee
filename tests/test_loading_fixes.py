"""The action that reads a value from the environment and also loads `.env`, where no program does."""

from __future__ import annotations

import ast

import pytest
from unspill.fixes import declare
from unspill.fixes.python import plan
from unspill.model import Fix, Safety

from tests.helpers import MemoryTree, applied, document_of, finding_at, project, token

T = token()
READ = 'os.environ["HF_TOKEN"]'
SPACE = {"README.md": b"---\nsdk: gradio\n---\n"}


def action(source: str, files: dict[str, bytes], path: str = "app.py") -> tuple[Fix | None, str]:
    """The action of the value in a program, and the text after it."""
    document = document_of(source.replace("§", T), path)
    where = project(MemoryTree({**files, path: document.data}))
    made = declare.complete(plan(finding_at(document, T), document, where), document, where)
    found = next((fix for fix in made.fixes if fix.title.endswith("load .env")), None)
    return found, applied(document, found) if found is not None else ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('x = "§"\n', f"import os\nfrom dotenv import load_dotenv\n\nload_dotenv()\n\nx = {READ}\n"),
        ('import os\nx = "§"\n', f"import os\n\nfrom dotenv import load_dotenv\n\nload_dotenv()\nx = {READ}\n"),
        (
            'import json\nimport requests\n\nx = "§"\n',
            f"import json\nimport os\nfrom dotenv import load_dotenv\nimport requests\n\nload_dotenv()\n\nx = {READ}\n",
        ),
        (
            'import os\n\nimport gradio as gr\n\nos.environ["HF_TOKEN"] = "§"\n',
            "import os\n\nimport gradio as gr\nfrom dotenv import load_dotenv\n\nload_dotenv()\n\n",
        ),
        (
            'import os\nos.environ["HF_TOKEN"] = "§"\n',
            "import os\n\nfrom dotenv import load_dotenv\n\nload_dotenv()\n",
        ),
        (
            'import os\ros.environ["HF_TOKEN"] = "§"',
            "import os\r\rfrom dotenv import load_dotenv\r\rload_dotenv()\r",
        ),
    ],
)
def test_env_is_loaded_after_the_imports(before: str, after: str) -> None:
    """The call comes after the imports at the top and before the read; an assignment that goes is a case, too."""
    found, text = action(before, SPACE)
    assert found is not None
    assert found.safety is Safety.UNSAFE
    ast.parse(text)
    assert text.index("load_dotenv()") > text.index("import load_dotenv")
    assert "HF_TOKEN" not in text or text.index("load_dotenv()") < text.index("HF_TOKEN")
    assert sorted(text.split()) == sorted(after.split())


@pytest.mark.parametrize(
    ("files", "added"),
    [
        (SPACE, "python-dotenv\n"),
        ({"requirements.txt": b"gradio"}, "\npython-dotenv\n"),
        ({"requirements.txt": b"python-dotenv==1.0\n"}, None),
        ({"pyproject.toml": b""}, None),
    ],
)
def test_the_requirements_list_it(files: dict[str, bytes], added: str | None) -> None:
    """`requirements.txt` gets python-dotenv, unless it has it; other declarations of dependencies are left alone."""
    found, _ = action('x = "§"\n', files)
    assert found is not None
    assert next((edit.text for edit in found.edits if edit.path == "requirements.txt"), None) == added


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({"settings.py": b"from dotenv import load_dotenv\nload_dotenv()\n"}, "app.py"),
        ({"settings.py": b"class S(BaseSettings):\n    model_config = dict(env_file='.env')\n"}, "app.py"),
        ({"settings.py": b"class S(BaseSettings):\n    class Config:\n        env_file = '.env'\n"}, "app.py"),
        ({"settings.py": b"import environ\nenviron.Env.read_env()\n"}, "app.py"),
        ({"pyproject.toml": b""}, "package/module.py"),
        ({f"m{number}.py": b"" for number in range(60)}, "app.py"),
    ],
)
def test_where_it_is_not_offered(files: dict[str, bytes], path: str) -> None:
    """Not where a program loads it, not in a module, and not where too many programs would have to be read."""
    assert action('x = "§"\n', files, path)[0] is None


@pytest.mark.parametrize(
    "files",
    [
        {"settings.py": b"# python-dotenv is not used, and no env_file\n"},
        {"venv/pyvenv.cfg": b"", "venv/lib/site.py": b"from dotenv import load_dotenv\nload_dotenv()\n"},
        {"tool/README.md": b"---\nsdk: gradio\n---\n", "tool/app.py": b"import dotenv\ndotenv.load_dotenv()\n"},
    ],
)
def test_what_is_no_load_of_this_program(files: dict[str, bytes]) -> None:
    """A comment, an installed package and another Space load nothing for it: it is offered."""
    assert action('x = "§"\n', files, "app.py")[0] is not None
