"""The shapes of hardcoded secrets, each as a file with its outcome: `python -m tests.shapes` writes docs/fixes.md.

The letter of an id is the kind of file, also in the tests of the fixers: A for Python, B for images and their scripts,
C for shells and pipelines, D for configuration and data, E for notebooks, F for code of browsers and Node.

In a source, `§` and `¤` stand for made-up tokens, `«` and `»` for the parts of the first, `⇐` for it backwards, `ß` and
`№` for it in base 64 and in hexadecimal digits, `¶` for a password, `‡` for a private key, `¹` and `²` for AWS's pair.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from unspill.app import fixing

from tests.cli import write
from tests.helpers import token
from tests.proof.proving import quick, request
from tests.samples import sample

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RANDOM = Random(4)
_TOKEN = token(1)
VALUES = {
    "§": _TOKEN,
    "¤": token(2),
    "«": _TOKEN[:9],
    "»": _TOKEN[9:],
    "⇐": _TOKEN[::-1],
    "ß": base64.b64encode(_TOKEN.encode()).decode(),
    "№": _TOKEN.encode().hex(),
    "¶": sample("[a-km-z2-9A-HJ-NP-Z]{22}", _RANDOM),
    "‡": f"-----BEGIN PRIVATE KEY-----\\n{sample('MII[A-Za-z0-9]{61}', _RANDOM)}\\n-----END PRIVATE KEY-----\\n",
    "¹": sample("AKIA[A-Z2-7]{16}", _RANDOM),
    "²": sample("[A-Za-z0-9]{40}", _RANDOM),
}
FIXED, EXPLAINED, SILENT = "fixed", "explained", "silent"


class Row(NamedTuple):
    """A shape: its id, a file that has it, and the expected outcome.

    `fixed` by a plain fix; `explained`, with the manual fix, or a fix that has to be asked for; `silent` where no
    secret is written down, so that there is nothing to say.
    """

    number: str
    source: str
    path: str = "app.py"
    outcome: str = FIXED
    sdk: str = ""
    shape: str = ""
    """What of the source the table shows, if not all."""


class Fate(NamedTuple):
    """What became of a row: the outcome, what was done or what is to be done, and the file afterwards."""

    outcome: str
    words: str
    after: str


def fate(row: Row, folder: Path) -> Fate:
    """What becomes of a row, fixed by itself in `folder`, which is empty."""
    text = row.source
    for mark, value in VALUES.items():
        text = text.replace(mark, value)
    files = {row.path: text, **({"README.md": f"---\nsdk: {row.sdk}\n---\n"} if row.sdk else {})}
    write(folder, files)
    with quick():
        outcome = fixing.fix(request(os.fspath(folder)))
    after = (folder / row.path).read_text()
    for mark, value in VALUES.items():
        after = after.replace(value, mark)
    if left := [one for one in outcome.left.rows if one.kind == "secret"]:
        return Fate(EXPLAINED, left[0].advice, after)
    if outcome.moved:  # a declaration is not what a row is about
        return Fate(FIXED, max(outcome.moved, key=lambda moved: bool(moved.names)).fix, after)
    skipped = next((one.reason for one in outcome.left.skipped), "no secret is written down there")
    return Fate(SILENT, skipped, after)


def _rows(number: str, *sources: str, path: str = "app.py", outcome: str = FIXED, sdk: str = "") -> list[Row]:
    return [Row(number, source, path, outcome, sdk) for source in sources]


def _notebook(number: str, *sources: str, path: str = "a.ipynb", outcome: str = FIXED, **cell: object) -> list[Row]:
    """Notebooks of one cell, of code unless `cell` says otherwise; `metadata` is the notebook's."""
    metadata = cell.pop("metadata", {})
    rows = []
    for source in sources:
        made = {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": 1, **cell}
        book = {"cells": [made], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        shape = source if source != "1" else json.dumps(made["outputs"] or metadata, ensure_ascii=False)
        rows.append(Row(number, json.dumps(book, indent=1, ensure_ascii=False), path, outcome, shape=shape))
    return rows


ROWS = (
    # Python.
    *_rows("A-1", 'login(token="§")', 'from huggingface_hub import login\nlogin("§")', 'huggingface_hub.login("§")'),
    *_rows("A-2", '# login(token="§")'),
    *_rows("A-3", 'import os\nos.environ["OPENAI_API_KEY"] = "§"', 'import os\nos.putenv("HF_TOKEN", "§")'),
    *_rows("A-3", 'import os\nos.environ.update({"HF_TOKEN": "§", "Y": "z"})', 'import os\na = os.environ["X"] = "§"'),
    *_rows("A-3", 'import os\nos.environ |= {"HF_TOKEN": "§"}', 'import os\nos.environ.__setitem__("HF_TOKEN", "§")'),
    *_rows("A-4", 'import os\nos.environ["HUGGINGFACEHUB_API_TOKEN"] = "§"'),
    *_rows("A-5", 'import os\nos.environ.setdefault("HF_TOKEN", "§")'),
    *_rows("A-6", 'import os\nx = os.getenv("HF_TOKEN", "§").strip()', 'import os\nx = os.getenv("X", default="§")'),
    *_rows("A-7", 'import os\nx = os.getenv("HF_TOKEN") or "§"', 't = t or "§"', 'x = x if x else "§"'),
    *_rows("A-8", 'import os\nx = os.getenv("§")', 'import os\nx = os.environ["§"]', 'x = st.secrets["§"]'),
    *_rows("A-8", 'from google.colab import userdata\nx = userdata.get("§")'),
    *_rows("A-9", 'c = OpenAI(api_key="§")', 'c = f("x", use_auth_token="§")', 'genai.configure(api_key="§")'),
    *_rows("A-10", 'c = Client("x", "§")', 'c = HfApi("https://huggingface.co", "§")'),
    *_rows("A-11", 'h = {"Authorization": "Bearer §"}', 'h = {"X-Api-Key": "§"}'),
    *_rows("A-12", 'h = {"Authorization": f"Bearer §"}'),
    *_rows("A-13", 'h = "Bearer " + "§"', 'h = "Bearer %s" % "§"', 'h = "Bearer {}".format("§")'),
    *_rows("A-14", 'HF_TOKEN = "§"'),
    *_rows("A-15", 'A, B = "§", "¤"', 'a = b = "§"', 'f(a := "§")', 'T: Final[str] = "§"', 'T: Literal["§"] = x'),
    *_rows("A-16", 'def f(x, hf_token="§"):\n    return x', 'g = lambda t="§": t'),
    *_rows(
        "A-17", 'class C:\n    TOKEN = "§"', 'class C(Enum):\n    T = "§"', 'class C(NamedTuple):\n    t: str = "§"'
    ),
    *_rows("A-18", 'from dataclasses import dataclass\n@dataclass\nclass C:\n    t: str = "§"'),
    *_rows("A-19", 'class S(BaseSettings):\n    hf_token: str = "§"', 'class S(BaseModel):\n    key: str = "§"'),
    *_rows("A-20", 'p.add_argument("--token", default="§")'),
    *_rows("A-21", '@click.option("--token", default="§")\ndef f(token): pass', 'def f(t=typer.Option("§")): pass'),
    *_rows("A-22", 'x = ("«"\n     "»")', 'x = "«\\\n»"', 'x = f"Bearer §" " more"'),
    *_rows("A-23", 'x = "«" + "»"', 'x = "".join(["«", "»"])', 'x = "⇐"[::-1]', 'x = bytes.fromhex("№").decode()'),
    *_rows("A-23", 'import base64\nx = base64.b64decode("ß").decode()'),
    *_rows("A-24", 'x = b"§"'),
    *_rows("A-25", 'C = {"hf": {"token": "§"}}', 'API_KEYS = ["§", "¤"]'),
    *_rows("A-25", 'd = {"§": 1}', outcome=EXPLAINED),
    *_rows("A-26", 'u = "https://user:§@huggingface.co/o/r"', 'u = "postgres://me:¶@db.test/x"'),
    *_rows("A-27", 'os.system("huggingface-cli login --token §")', 'subprocess.run(["hf", "login", "--token", "§"])'),
    *_rows("A-28", 'code = """\nlogin("§")\n"""', "exec(\"x = '§'\")"),
    *_rows("A-29", 'def f():\n    """Use §."""'),
    *_rows("A-30", 'print("§")', 'raise ValueError("bad §")', 'logger.info("with §")'),
    *_rows("A-31", 'if t == "§": pass', 'hmac.compare_digest(x, "§")', 'auth = ("admin", "§")'),
    *_rows("A-32", 'match t:\n    case "§":\n        pass', outcome=EXPLAINED),
    *_rows("A-33", '@app.route("/hook/§")\ndef f(): pass', 's = WebhooksServer(webhook_secret="§")'),
    *_rows("A-34", 'k = {"type": "service_account", "private_key": "‡"}'),
    *_rows("A-35", 'from google.colab import userdata\nx = userdata.get("HF_TOKEN")', outcome=SILENT),
    *_rows("A-36", 'HfFolder.save_token("§")', 'r = Repository("x", use_auth_token="§")'),
    *_rows("A-37", 'import streamlit as st\nx = st.secrets.get("HF_TOKEN", "§")'),
    *_rows("A-37", 'HF_TOKEN = "§"\n', path=".streamlit/secrets.toml", outcome=EXPLAINED),
    *_rows("A-38", 'import gradio as gr\ngr.Textbox(value="§", type="password")', 'import gradio as gr\ngr.State("§")'),
    *_rows("A-39", 'os.environ["OPENAI_API_KEY"] = user_key', outcome=SILENT),
    *_rows("A-40", 'HF_TOKEN = open("token.txt").read()', outcome=SILENT),
    *_rows("A-40", "§\n", path="token.txt", outcome=EXPLAINED),
    *_rows("A-40", '{"token": "§"}', path="config.json", outcome=EXPLAINED),
    *_rows(
        "A-41",
        'class C(B):\n    def __init__(self, t="§"):\n        super().__init__(api_key="¤")',
        'f = functools.partial(g, api_key="§")',
    ),
    *_rows("A-42", 'def test(monkeypatch):\n    monkeypatch.setenv("HF_TOKEN", "hf_test")', outcome=SILENT),
    *_rows("A-43", 'openai.api_key = "§"', 'llm = ChatGroq(groq_api_key="§")'),
    *_rows("A-44", 'wandb.login(key="§")', 'e = comet_ml.Experiment(api_key="§")'),
    *_rows("A-45", 'c = boto3.client("s3", aws_access_key_id="¹", aws_secret_access_key="²")'),
    # Docker.
    *_rows(
        "B-1",
        "FROM a\nENV HF_TOKEN=§\n",
        "FROM a\nENV HF_TOKEN §\n",
        "FROM a\nENV A=1 HF_TOKEN=§ B=2\n",
        path="Dockerfile",
    ),
    *_rows("B-2", "FROM a\nARG HF_TOKEN=§\nENV HF_TOKEN=${HF_TOKEN}\n", path="Dockerfile"),
    *_rows("B-3", "FROM a\nRUN huggingface-cli login --token § && hf download a/b\n", path="Dockerfile"),
    *_rows("B-4", "FROM a\nRUN curl -H 'Authorization: Bearer §' https://h.test\n", path="Dockerfile"),
    *_rows("B-5", "FROM a\nRUN git clone https://user:§@huggingface.co/o/r\n", path="Dockerfile"),
    *_rows("B-6", "FROM a\nRUN pip install git+https://§@github.com/o/r\n", path="Dockerfile"),
    *_rows("B-7", "HF_TOKEN=§\n", path=".env"),
    *_rows("B-8", 'FROM a\nCMD ["python", "app.py", "--token", "§"]\n', path="Dockerfile"),
    *_rows(
        "B-9",
        "FROM a\nRUN cat <<EOF > /root/.netrc\npassword §\nEOF\n",
        "FROM a\nRUN echo HF_TOKEN=§ > .env\n",
        path="Dockerfile",
        outcome=EXPLAINED,
    ),
    *_rows(
        "B-10",
        'FROM a\nLABEL key="§"\n',
        "FROM a\nHEALTHCHECK CMD curl -H 'a: §' h\n",
        "# §\nFROM a\n",
        "FROM a\nONBUILD RUN curl §\n",
        path="Dockerfile",
    ),
    *_rows("B-11", "FROM a AS b\nENV HF_TOKEN=§\nRUN ls\nFROM c\nRUN ls\n", path="Dockerfile"),
    *_rows(
        "B-12",
        "services:\n  a:\n    image: b\n    environment:\n      - HF_TOKEN=§\n",
        "services:\n  a:\n    image: b\n    environment:\n      HF_TOKEN: §\n",
        path="docker-compose.yml",
    ),
    *_rows("B-13", "export HF_TOKEN=§\n", "export A=1 HF_TOKEN=§\n", "HF_TOKEN=§\nrun\n", path="start.sh"),
    *_rows("B-14", '[program:a]\nenvironment=HF_TOKEN="§"\n', path="supervisord.conf"),
    *_rows("B-15", 'proxy_set_header Authorization "Bearer §";\n', path="nginx.conf", outcome=EXPLAINED),
    # Shell, git, pipelines.
    *_rows("C-1", "HF_TOKEN=§ python app.py\n", path="run.sh"),
    *_rows("C-2", "huggingface-cli login --token §\n", path="run.sh"),
    *_rows("C-3", "curl -H 'Authorization: Bearer §' h\n", path="run.sh"),
    *_rows(
        "C-4",
        "git push https://user:§@huggingface.co/spaces/u/s main\n",
        "git remote set-url origin https://u:§@h.test/r\n",
        path="run.sh",
    ),
    *_rows(
        "C-4", '[submodule "m"]\n\turl = https://user:§@huggingface.co/o/r\n', path=".gitmodules", outcome=EXPLAINED
    ),
    *_rows("C-5", '$env:HF_TOKEN="§"\n', '$env:HF_TOKEN = "§"\n', "$Env:HF_TOKEN = '§'  \n", path="run.ps1"),
    *_rows("C-5", '$t = "§"\n', 'hf login --token "§"\n', "hf login --token §\n", path="run.ps1"),
    *_rows("C-5", "set HF_TOKEN=§\n", 'set "HF_TOKEN=§"\n', "hf login --token §\n", path="run.bat"),
    *_rows(
        "C-6",
        "export HF_TOKEN=§\n",
        "HF_TOKEN := §\n",
        "T = §\n",
        "deploy:\n\thf upload . --token §\n",
        path="Makefile",
    ),
    *_rows(
        "C-7",
        "jobs:\n  a:\n    env:\n      HF_TOKEN: §\n",
        "jobs:\n  a:\n    steps:\n      - run: git push https://u:§@huggingface.co/x\n",
        path=".github/workflows/a.yml",
    ),
    *_rows(
        "C-8", "variables:\n  HF_TOKEN: §\nx: y\n", "j:\n  script:\n    - curl --key '§' h\n", path=".gitlab-ci.yml"
    ),
    *_rows("C-8", "jobs:\n  a:\n    steps:\n      - run:\n          command: x §\n", path=".circleci/config.yml"),
    *_rows("C-8", "env:\n  HF_TOKEN: §\n", path="azure-pipelines.yml"),
    *_rows("C-9", "//registry.test/:_authToken=§\n", path=".npmrc"),
    *_rows("C-9", "machine huggingface.co login u password §\n", path=".netrc", outcome=EXPLAINED),
    *_rows("C-9", "[pypi]\nusername = __token__\npassword = §\n", path=".pypirc", outcome=EXPLAINED),
    *_rows("C-9", "[global]\nindex-url = https://u:§@pypi.test/simple\n", path="pip.conf", outcome=EXPLAINED),
    *_rows("C-10", "[Service]\nEnvironment=HF_TOKEN=§\n", path="app.service", outcome=EXPLAINED),
    *_rows("C-10", "HF_TOKEN=§\n0 * * * * run\n", "0 * * * * curl -H 'a: §' h\n", path="crontab", outcome=EXPLAINED),
    # Configuration and data.
    *_rows("D .env", "A=1\nHF_TOKEN=§\n", path=".env"),
    *_rows("D template", "HF_TOKEN=§\n", path=".env.example"),
    *_rows("D Hydra", "_target_: m.C\ntoken: §\n", path="conf/a.yaml"),
    *_rows("D LiteLLM", "model_list:\n- litellm_params:\n    api_key: §\n", path="litellm.yaml"),
    *_rows("D VS Code", '{"servers": {"a": {"env": {"HF_TOKEN": "§"}}}}', path=".vscode/mcp.json"),
    *_rows(
        "D Claude Desktop",
        '{"mcpServers": {"a": {"env": {"HF_TOKEN": "§"}}}}',
        path="claude_desktop_config.json",
        outcome=EXPLAINED,
    ),
    *_rows("D requirements", "git+https://§@github.com/o/r.git\n", path="requirements.txt"),
    *_rows(
        "D requirements",
        "git+https://§@github.com/o/r.git\n",
        path="requirements.txt",
        outcome=EXPLAINED,
        sdk="gradio",
    ),
    *_rows(
        "D conda",
        "dependencies:\n  - pip:\n    - git+https://§@github.com/o/r.git\n",
        path="environment.yml",
        outcome=EXPLAINED,
    ),
    *_rows(
        "D Kubernetes",
        "apiVersion: v1\nkind: Secret\nstringData:\n  hf_token: §\n",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env:\n    - {name: HF_TOKEN, value: §}\n",
        path="deploy.yaml",
        outcome=EXPLAINED,
    ),
    *_rows("D pyproject", '[tool.uv]\ntoken = "§"\n', path="pyproject.toml", outcome=EXPLAINED),
    *_rows("D JSON", '{"hf_token": "§"}', path="config.json", outcome=EXPLAINED),
    *_rows("D YAML", "hf_token: §\n", path="config.yaml", outcome=EXPLAINED),
    *_rows("D TOML", 'hf_token = "§"\n', path="config.toml", outcome=EXPLAINED),
    *_rows("D trainer", "base_model: a/b\nhub_token: §\n", path="train.yaml", outcome=EXPLAINED),
    *_rows(
        "D README",
        "---\nsdk: gradio\n---\ncurl -H 'Authorization: Bearer §' h\n",
        "---\nsdk: gradio\ntoken: §\n---\n",
        path="README.md",
    ),
    *_rows("D data", "2026-01-01 INFO using §\n", path="run.log"),
    *_rows("D data", "a,§,b\n", path="flagged/log.csv"),
    *_rows("D data", '{"hub_token": "§"}', path="training_params.json", outcome=EXPLAINED),
    # Notebooks.
    *_notebook("E-1", 'login("§")'),
    *_notebook("E-2", "!huggingface-cli login --token §", "!curl -H 'a: §' h"),
    *_notebook("E-3", "%env HF_TOKEN=§", "%set_env HF_TOKEN=§"),
    *_notebook("E-4", "%%bash\nexport HF_TOKEN=§\nls", '%%writefile app.py\nlogin("§")'),
    *_notebook("E-4", "%%writefile .env\nHF_TOKEN=§", outcome=EXPLAINED),
    *_notebook("E-5", "1", outputs=[{"output_type": "stream", "name": "stdout", "text": ["§\n"]}]),
    *_notebook("E-5", "1", metadata={"widgets": {"s": {"state": {"value": "§"}}}}),
    *_notebook("E-6", 'login("§")', path=".ipynb_checkpoints/a-checkpoint.ipynb"),
    *_notebook("E-7", "Use **§**", cell_type="markdown"),
    *_notebook("E-8", "from google.colab import userdata\nuserdata.get('HF_TOKEN')", outcome=SILENT),
    # Code of browsers and Node.
    *_rows(
        "F browser",
        '<script>\nconst hf = new HfInference("§");\n</script>\n',
        path="index.html",
        outcome=EXPLAINED,
        sdk="static",
    ),
    *_rows(
        "F browser",
        'fetch(u, {headers: {Authorization: "Bearer §"}});\n',
        path="static/main.js",
        outcome=EXPLAINED,
        sdk="static",
    ),
    *_rows(
        "F browser",
        'fetch(u, {headers: {Authorization: "Bearer §"}});\n',
        path="static/main.js",
        outcome=EXPLAINED,
        sdk="gradio",
    ),
    *_rows("F public variables", "VITE_HF_TOKEN=§\n", path=".env.production", outcome=EXPLAINED),
    *_rows("F Node", 'const e = require("express");\nconst t = "§";\n', path="server.js", sdk="docker"),
    *_rows(
        "F Node",
        'import fs from "node:fs";\nconst h = { Authorization: `Bearer §` };\n',
        path="src/a.ts",
        sdk="docker",
    ),
    *_rows(
        "F Node", "const k = process.env.KEY;\nfetch(u, { headers: { Authorization: 'Bearer §' } });\n", path="a.mjs"
    ),
    *_rows("F Node or browser", 'export const t = "§";\n', path="src/a.ts", outcome=EXPLAINED),
    *_rows("F page in code", "page = f\"<script>const t = '§'</script>\"", outcome=EXPLAINED),
    *_rows(
        "F template", "<script>const t = '§'</script>\n", path="templates/index.html", outcome=EXPLAINED, sdk="docker"
    ),
    *_rows("F build output", '!function(){const e="§"}();\n', path="dist/main.js", outcome=EXPLAINED, sdk="static"),
)


PAGE = Path(__file__).resolve().parent.parent / "docs" / "fixes.md"
_INTRO = """# Fixes

Code before and after `unspill fix`, and the reason; `-` where nothing changes without `--unsafe`.
`tests/test_shapes.py` tests each row as a separate file, and `python -m tests.shapes` generates this page.

A fix replaces the value so that the program behaves as before: it reads the environment, which is set from `.env`, the
Space settings or CI variables. Only code that would write the value to the environment is deleted. Text that no program
reads is redacted. The value is always stored in `.env` first. `hf_…` is a token; `⏎` is a line break.
"""
_SECTIONS = (
    ("Python", (".py",)),
    ("Notebooks", (".ipynb",)),
    ("Dockerfiles", ("Dockerfile",)),
    ("Shell scripts, PowerShell, batch files, make and cron", (".sh", ".ps1", ".bat", "Makefile", "crontab")),
    ("JavaScript and pages", (".js", ".ts", ".mjs", ".html")),
    ("Everything else", ("",)),
)
_SHOWN = {
    "§": "hf_…", "¤": "hf_…2", "«": "hf_…", "»": "…", "⇐": "…_fh", "ß": "aGZf…", "№": "68665f…", "¶": "a password",
    "‡": "-----BEGIN PRIVATE KEY-----…", "¹": "AKIA…", "²": "the secret key",
}  # fmt: skip
"""How the page shows each mark."""


def table() -> Iterator[tuple[Row, Fate]]:
    """Every row, and what became of it."""
    for row in ROWS:
        with TemporaryDirectory() as folder:
            yield row, fate(row, Path(os.path.realpath(folder)))


def page(found: Sequence[tuple[Row, Fate]]) -> str:
    """The table as a page of the docs."""
    parts, left = [_INTRO], [(row, what) for row, what in found if what.outcome != SILENT]
    for title, endings in _SECTIONS:
        chosen = [(row, what) for row, what in left if row.path.endswith(endings)]
        left = [one for one in left if one not in chosen]
        named = len({row.path for row, _ in chosen}) > 1
        head = ("File", "Before", "After", "Reason") if named else ("Before", "After", "Reason")
        rows = [head, ("---",) * len(head)]
        for row, what in chosen:
            cells = (_code(row.shape or row.source), _code(_changed(row, what)), _cell(_why(what)))
            rows.append((f"`{row.path}`", *cells) if named else cells)
        parts.append(f"## {title}\n\n" + "".join(f"| {' | '.join(cells)} |\n" for cells in rows))
    return "\n".join(parts)


def _changed(row: Row, what: Fate) -> str:
    """The lines that a fix makes."""
    if what.outcome != FIXED or what.after == row.source:
        return "-"
    before = row.source.splitlines()
    lines = [line for line in what.after.splitlines() if line not in before and line.strip() != "import os"]
    return "\n".join(lines).strip() or "(removed)"


def _why(what: Fate) -> str:
    return what.words.split(" Then revoke it:")[0].replace("<", "&lt;")


def _code(text: str) -> str:
    """A piece of source in a cell of Markdown."""
    for mark, shown in _SHOWN.items():
        text = text.replace(mark, shown)
    text = " ⏎ ".join(line.rstrip() for line in text.strip("\n").splitlines())
    if text in ("-", "(removed)"):
        return text
    return _cell(f"`` {text} ``" if "`" in text else f"`{text}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write the page, and return 1 if a row is not what it is to be."""
    found = list(table())
    PAGE.write_text(page(found), encoding="utf-8")
    wrong = [row for row, what in found if what.outcome != row.outcome]
    for row in wrong:
        print(f"{row.number} {row.path}: not {row.outcome}", file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
