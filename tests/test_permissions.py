"""The narrowest permissions of a Space's token: what is said, and that nothing is when it is not certain."""

from __future__ import annotations

import pytest
from unspill.contract import hub_calls
from unspill.contract.names import entries, surroundings
from unspill.contract.permissions import TokenNeeds, needs
from unspill.languages import document_of
from unspill.space import find

from tests.helpers import MemoryTree

INFER, WRITE = "inference.serverless.write", "repo.write"
TOKEN = "import os\ntoken = os.environ['HF_TOKEN']\n"


def said(source: str, **files: str) -> TokenNeeds | None:
    """What is said of an app; `__` in the name of a file is a dot."""
    tree = MemoryTree(
        {"README.md": b"---\nsdk: gradio\napp_file: app.py\n---\n", "app.py": source.encode()}
        | {name.replace("__", "."): text.encode() for name, text in files.items()}
    )
    home = find(tree, "app.py")
    documents = [(path, document_of(data, path)) for path, data in tree.items()]
    return needs(tree, home, entries(documents, surroundings(tree, [home])))


READS = TokenNeeds((), reads=True, writes=False)
INFERS = TokenNeeds((INFER,), reads=False, writes=False)
WRITES = TokenNeeds((), reads=False, writes=True)
BOTH = TokenNeeds((), reads=True, writes=True)
KNOWN = {
    "from transformers import pipeline\npipeline('x', model='o/m', token=token)": READS,
    "from transformers import AutoModel\nAutoModel.from_pretrained('o/m', token=token)": READS,
    "import huggingface_hub as h\nh.login(token)\nfrom datasets import load_dataset\nload_dataset('o/d')": READS,
    "from huggingface_hub import InferenceClient\nclient = InferenceClient('o/m', token=token)\n"
    "client.chat_completion([])": INFERS,
    "from huggingface_hub import InferenceClient\nMODEL = 'o/m'\nInferenceClient(model=MODEL, api_key=token)": INFERS,
    "from huggingface_hub import InferenceClient\nInferenceClient(token=token or None)": INFERS,
    "from openai import OpenAI\nOpenAI(base_url='https://router.huggingface.co/v1', api_key=token)": INFERS,
    "from huggingface_hub import InferenceClient\n"
    "InferenceClient('https://a.b.endpoints.huggingface.cloud', token=token)": TokenNeeds(
        ("inference.endpoints.infer.write",), reads=False, writes=False
    ),
    "import gradio as gr\ngr.load('models/o/m', token=token)": INFERS,
    "from huggingface_hub import HfApi\napi = HfApi(token=token)\napi.upload_file()": WRITES,
    "from huggingface_hub import HfApi\nHfApi(token=token).upload_folder()": WRITES,
    "from huggingface_hub import CommitScheduler\nCommitScheduler(repo_id='o/d', token=token)": WRITES,
    "if not token:\n    raise SystemExit\nfrom transformers import pipeline\npipeline('x', token=token)": READS,
    "from datasets import load_dataset\nd = load_dataset('o/d', token=token)\nd.push_to_hub('o/e', token=token)": BOTH,
    "from huggingface_hub import HfApi, InferenceClient\nInferenceClient('o/m', token=token)\n"
    "HfApi(token=token).create_commit()": TokenNeeds((INFER,), reads=False, writes=True),
}
UNCERTAIN = [
    "print(token)",
    "requests.get('https://x', headers={'Authorization': f'Bearer {token}'})",
    "from huggingface_hub import HfApi\nHfApi(token=token).create_repo('o/m')",
    "from huggingface_hub import InferenceClient\nimport sys\nInferenceClient(sys.argv[1], token=token)",
    "from huggingface_hub import InferenceClient\nInferenceClient('o/m', token=token, bill_to='org')",
    "from huggingface_hub import InferenceClient\nInferenceClient('o/m', api_key=os.environ['OTHER_KEY'])",
    "from huggingface_hub import InferenceClient\nInferenceClient('https://elsewhere.example', token=token)",
    "from huggingface_hub import something_new\nsomething_new(token=token)",
    "from huggingface_hub import login\nlogin(token)",
    "from openai import OpenAI\nOpenAI(base_url='https://elsewhere.example', api_key=token)",
    "from huggingface_hub import InferenceClient\nInferenceClient(base_url='https://[x/v1', token=token)",
    "import subprocess\nfrom transformers import pipeline\npipeline('x', token=token)",
    "import litellm\nfrom transformers import pipeline\npipeline('x', token=token)",
    "from transformers import pipeline\npipeline('x', token=token)\nexec(input())",
    "class A:\n    def __init__(self):\n        self.token = token\nfrom transformers import pipeline\npipeline('x')",
    "from huggingface_hub import HfApi\nHfApi(token=token)\nclass A:\n    def f(self):\n        self.api.upload_file()",
    "from transformers import Trainer, TrainingArguments\nTrainingArguments(hub_token=token, push_to_hub=True)",
    "x = 1",
    "def f(",
]


@pytest.mark.parametrize("source", KNOWN)
def test_known(source: str) -> None:
    """Every read of the token and every call is known, so the least is said."""
    assert said(TOKEN + source + "\n") == KNOWN[source]


@pytest.mark.parametrize("source", UNCERTAIN)
def test_in_doubt_nothing_is_said(source: str) -> None:
    """The token goes where nobody knows what it is needed for, or a call may need more."""
    assert said(TOKEN + source + "\n") is None


def test_other_files_count() -> None:
    """Modules that the program imports are part of it; what else reads the token, or imports it, leaves a doubt."""
    call = "from transformers import pipeline\npipeline('x', token=token)\n"
    write = "from huggingface_hub import upload_file\ndef f():\n    upload_file()\n"
    assert said(TOKEN + call, unused__py=write) == READS
    assert said("import part\n" + TOKEN + call, part__py=write) == BOTH
    assert said("import part\n" + TOKEN + call, part__py="from app import token\nprint(token)\n") is None
    assert said(TOKEN + call, start__sh="curl -H $HF_TOKEN https://x\n") is None
    assert said(TOKEN + call, Dockerfile="RUN --mount=type=secret,id=HF_TOKEN cat /run/secrets/HF_TOKEN\n") is None
    assert said(TOKEN + "other = os.environ['HUGGINGFACEHUB_API_TOKEN']\n" + call) is None
    assert said("import gradio as gr\n") is None


def test_an_image_says_what_it_starts() -> None:
    """Without `app_file`, `app.py` is the program of an image only if its Dockerfile names that."""
    source, readme = (
        TOKEN + "from transformers import pipeline\npipeline('x', token=token)\n",
        "---\nsdk: docker\n---\n",
    )
    assert said(source, README__md=readme, Dockerfile="FROM x\nCMD uvicorn app:app\n") == READS
    assert said(source, README__md=readme, Dockerfile="FROM x\nCMD python serve.py\n") is None
    assert said(source, README__md=readme) is None


def test_the_sentence_and_the_link() -> None:
    """The link is filled in with what it can hold; repositories are chosen on the page."""
    page = "https://huggingface.co/settings/tokens/new?tokenType=fineGrained"
    assert INFERS.link == f"{page}&ownUserPermissions={INFER}"
    assert READS.link == WRITES.link == page
    assert "no token is needed for public repositories" in READS.text
    assert WRITE in WRITES.text
    assert INFER in INFERS.text
    assert "gated" in TokenNeeds((INFER,), reads=True, writes=False).text


def test_every_row_is_a_need() -> None:
    """No function is listed twice, and no need is misspelt."""
    listed = [name for names in hub_calls._HUB.values() for name in names.split()]
    assert len(listed) == len({*listed})
