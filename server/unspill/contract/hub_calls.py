"""Calls that use a token of the Hub, and the narrowest permission of a fine-grained token that each needs.

From the documentation of the Hub's tokens (huggingface.co/docs/hub/security-tokens) and of `huggingface_hub`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

NOTHING, READ, WRITE, UNKNOWN = "", "repo.content.read", "repo.write", "?"
INFER = "inference.serverless.write"
INFER_ENDPOINT = "inference.endpoints.infer.write"
CLIENT, LOADED = "by its address or model", "by what it loads"
"""In place of a permission: it depends on the arguments."""

_HUB = {
    # Nothing, or any token
    NOTHING: "HfApi login logout whoami get_token notebook_login interpreter_login hf_hub_url set_client_factory "
    "configure_http_backend",
    READ: "hf_hub_download snapshot_download cached_download model_info dataset_info space_info repo_info "
    "list_repo_files list_repo_tree list_models list_datasets list_spaces file_exists repo_exists get_paths_info "
    "list_repo_refs list_repo_commits from_pretrained_keras try_to_load_from_cache get_space_runtime HfFileSystem.open "
    "HfFileSystem.ls HfFileSystem.glob auth_check",
    WRITE: "upload_file upload_folder upload_large_folder create_commit create_commits delete_file delete_folder "
    "delete_files create_branch create_tag delete_branch delete_tag super_squash_history metadata_update "
    "push_to_hub_fastai push_to_hub_keras CommitScheduler add_space_secret delete_space_secret add_space_variable "
    "delete_space_variable request_space_hardware set_space_sleep_time pause_space restart_space",
    "discussion.write": "create_pull_request create_discussion comment_discussion",
    "inference.endpoints.write": "create_inference_endpoint update_inference_endpoint pause_inference_endpoint "
    "scale_to_zero_inference_endpoint delete_inference_endpoint list_inference_endpoints resume_inference_endpoint",
    "job.write": "run_job run_uv_job create_scheduled_job create_scheduled_uv_job",
    "user.webhooks.read": "list_webhooks get_webhook",
    "user.webhooks.write": "create_webhook update_webhook delete_webhook enable_webhook disable_webhook",
    "collection.write": "create_collection add_collection_item update_collection_item delete_collection_item",
    CLIENT: "InferenceClient AsyncInferenceClient",
    UNKNOWN: "create_repo delete_repo move_repo duplicate_space duplicate_repo Repository update_repo_settings "
    "update_repo_visibility accept_access_request grant_access",
}
"""Functions of `huggingface_hub`, most of which are methods of `HfApi`, too."""
_LOADERS = frozenset(["from_pretrained", "from_single_file", "pipeline", "load_lora_weights", "load_textual_inversion"])
_LOADING = frozenset(["transformers", "diffusers", "peft", "sentence_transformers", "timm", "open_clip"])
"""Libraries that read repositories, and do nothing else with a token unless told to push."""
_OTHERS = {
    "datasets.load_dataset": READ,
    "datasets.load_dataset_builder": READ,
    "sentence_transformers.SentenceTransformer": READ,
    "sentence_transformers.CrossEncoder": READ,
    "faster_whisper.WhisperModel": READ,
    "gradio.load": LOADED,
    "gradio.Interface.load": LOADED,
    "gradio.Blocks.load": NOTHING,
    "gradio.HuggingFaceDatasetSaver": WRITE,
    "gradio_client.Client": READ,
    "gradio_client.Client.predict": NOTHING,
    "gradio_client.Client.submit": NOTHING,
    "smolagents.InferenceClientModel": CLIENT,
    "smolagents.HfApiModel": CLIENT,
    "langchain_huggingface.HuggingFaceEndpoint": CLIENT,
    "langchain_huggingface.ChatHuggingFace": NOTHING,
    "langchain_huggingface.HuggingFaceEmbeddings": READ,
    "openai.OpenAI": CLIENT,
    "openai.AsyncOpenAI": CLIENT,
}
MODEL_FIRST = frozenset(["InferenceClient", "AsyncInferenceClient"])
"""Clients whose first argument is a model or an address."""
TOKEN_FIRST = frozenset(["login"])
"""Calls whose first argument is the token."""
TOKEN_KEYWORDS = frozenset(
    """token use_auth_token hub_token hf_token api_key huggingfacehub_api_token auth_token api_token""".split()
)
PAYER = frozenset(["bill_to", "default_headers", "headers", "extra_headers"])
"""Keywords that may have an organisation pay, which needs the permission there."""
OTHER_NAMES = ("HUGGINGFACEHUB_API_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACE_TOKEN", "HF_API_TOKEN", "HF_API_KEY")
"""Further names that apps keep such a token under: a second token could be the one that does something."""
OPAQUE = frozenset(
    """litellm langchain langchain_community llama_index crewai autogen dspy haystack agno phi instructor pydantic_ai
    subprocess pty git trl autotrain evaluate importlib runpy unsloth axolotl lighteval fastai keras
    huggingface_hub.commands webdataset wandb mlflow trackio argilla distilabel outlines vllm""".split()
)
"""Modules that may use the token, or run programs that do, without any call that tells."""
_RUNNERS = frozenset(["exec", "eval", "os.system", "os.popen", "os.execvp", "os.execv", "os.spawnv", "__import__"])
_PUSHES = frozenset(["push_to_hub", "hub_model_id", "hub_token", "hub_strategy"])
_METHODS = frozenset(
    last for need, names in _HUB.items() if need not in (NOTHING, READ, CLIENT) for last in names.split()
)
"""What may be a method of an `HfApi` wherever the object is from."""


def row_of(name: str) -> str | None:
    """What a qualified callee needs; None if it is in no table."""
    if name in _OTHERS:
        return _OTHERS[name]
    module, _, last = name.rpartition(".")
    if module.startswith("gradio_client.Client"):
        return NOTHING
    package, _, owner = module.partition(".")
    if package == "huggingface_hub":
        return _of_hub(owner, last)
    if last == "from_pretrained" or (package in _LOADING and last in _LOADERS):
        return READ
    return WRITE if last == "push_to_hub" else None


def _of_hub(owner: str, last: str) -> str | None:
    if owner.startswith(("InferenceClient", "AsyncInferenceClient")):
        return NOTHING  # what it was made for counts
    owned = f"{owner}.{last}" if owner == "HfFileSystem" else last
    return next((need for need, names in _HUB.items() if owned in names.split()), None)


def otherwise(name: str, keywords: Collection[str]) -> str:
    """What a callee in no table needs: most do not know the token at all."""
    package, last = name.partition(".")[0], name.rpartition(".")[2]
    if name in _RUNNERS or package in ("huggingface_hub", "smolagents", "langchain_huggingface"):
        return UNKNOWN
    return UNKNOWN if last in _METHODS or not _PUSHES.isdisjoint(keywords) else NOTHING


def without_target(name: str) -> str:
    """What a client needs that is made without an address or a model."""
    return NOTHING if name.startswith("openai.") else INFER
