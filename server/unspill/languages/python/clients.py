"""Clients of Python libraries that read a name from the environment if the code gives them no value: `OpenAI()`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from unspill.model import Default, EnvUse
from unspill.semantics.python import calls
from unspill.semantics.python.kinds import Kind, is_a
from unspill.syntax import span_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from unspill.document import Document


class ImplicitRead(NamedTuple):
    """The arguments that give a client its secret, and the names that it reads without them."""

    arguments: tuple[str, ...]
    names: tuple[str, ...]
    """Each of which does, if there are several and `all` is not set."""
    all: bool = False


def _keys(name: str, *arguments: str) -> ImplicitRead:
    return ImplicitRead(("api_key", *arguments), (name,))


_OPENAI = _keys("OPENAI_API_KEY", "openai_api_key")
_ANTHROPIC = _keys("ANTHROPIC_API_KEY", "anthropic_api_key", "auth_token")
_GOOGLE = ImplicitRead(("api_key", "google_api_key", "credentials", "vertexai"), ("GOOGLE_API_KEY", "GEMINI_API_KEY"))
_HUB = ImplicitRead(("token", "api_key", "huggingfacehub_api_token", "hf_token"), ("HF_TOKEN",))
_GROQ = _keys("GROQ_API_KEY", "groq_api_key")
_TAVILY = _keys("TAVILY_API_KEY", "tavily_api_key", "api_wrapper")
_COHERE = ImplicitRead(("api_key", "cohere_api_key", "token"), ("CO_API_KEY", "COHERE_API_KEY"))
_AZURE = _keys("AZURE_OPENAI_API_KEY", "openai_api_key", "azure_ad_token", "azure_ad_token_provider")
_LANGFUSE = ImplicitRead(("public_key", "secret_key"), ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"), all=True)
ROWS: tuple[tuple[ImplicitRead, str, str], ...] = (
    (_OPENAI, "openai", "OpenAI AsyncOpenAI"),
    (_OPENAI, "langchain_openai", "ChatOpenAI OpenAI OpenAIEmbeddings"),
    (_OPENAI, "langchain", "ChatOpenAI OpenAI OpenAIEmbeddings"),
    (_OPENAI, "langchain_community", "ChatOpenAI OpenAI OpenAIEmbeddings"),
    (_OPENAI, "llama_index", "OpenAI OpenAIEmbedding"),
    (_OPENAI, "agno", "OpenAIChat"),
    (_OPENAI, "phi", "OpenAIChat"),
    (_AZURE, "openai", "AzureOpenAI AsyncAzureOpenAI"),
    (_AZURE, "langchain_openai", "AzureChatOpenAI AzureOpenAIEmbeddings"),
    (_ANTHROPIC, "anthropic", "Anthropic AsyncAnthropic"),
    (_ANTHROPIC, "langchain_anthropic", "ChatAnthropic"),
    (_ANTHROPIC, "llama_index", "Anthropic"),
    (_ANTHROPIC, "agno", "Claude"),
    (_GOOGLE, "google.genai", "Client"),
    (_GOOGLE, "langchain_google_genai", "ChatGoogleGenerativeAI GoogleGenerativeAIEmbeddings"),
    (_GOOGLE, "agno", "Gemini"),
    (_GROQ, "groq", "Groq AsyncGroq"),
    (_GROQ, "langchain_groq", "ChatGroq"),
    (_TAVILY, "tavily", "TavilyClient AsyncTavilyClient"),
    (_TAVILY, "langchain_community", "TavilySearchResults"),
    (_TAVILY, "langchain_tavily", "TavilySearch"),
    (_COHERE, "cohere", "Client ClientV2 AsyncClient AsyncClientV2"),
    (_COHERE, "langchain_cohere", "ChatCohere CohereEmbeddings"),
    (_keys("MISTRAL_API_KEY", "mistral_api_key"), "langchain_mistralai", "ChatMistralAI MistralAIEmbeddings"),
    (_HUB, "huggingface_hub", "InferenceClient AsyncInferenceClient"),
    (_HUB, "smolagents", "InferenceClientModel HfApiModel"),
    (_keys("TOGETHER_API_KEY"), "together", "Together AsyncTogether"),
    (_keys("PINECONE_API_KEY"), "pinecone", "Pinecone"),
    (_keys("ELEVENLABS_API_KEY"), "elevenlabs", "ElevenLabs AsyncElevenLabs"),
    (_keys("FIRECRAWL_API_KEY"), "firecrawl", "FirecrawlApp Firecrawl AsyncFirecrawlApp"),
    (_keys("VOYAGE_API_KEY"), "voyageai", "Client AsyncClient"),
    (_keys("MEM0_API_KEY"), "mem0", "MemoryClient AsyncMemoryClient"),
    (ImplicitRead((), ("REPLICATE_API_TOKEN",)), "replicate", "run"),
    (_LANGFUSE, "langfuse", "Langfuse"),
)
"""What a call reads, by the module that it is imported from (or one within it) and the names of the callees."""
_PACKAGES = re.compile(b"|".join(sorted({module.partition(".")[0].encode() for _, module, _ in ROWS})))


def reads(document: Document) -> tuple[EnvUse, ...]:
    """The names that clients read implicitly; the span is that of the client's name. Raises UnparsedError."""
    if not _PACKAGES.search(document.data):
        return ()
    return tuple(
        use
        for name, made in calls.by_name(document).items()
        if "." in name and (client := _client(name)) is not None
        for call in made
        if not _is_given(call, client)
        for use in _uses(call, client)
    )


def _client(name: str) -> ImplicitRead | None:
    """The client of a qualified name."""
    module, _, last = name.rpartition(".")
    for client, package, names in ROWS:
        if last in names.split() and f"{module}.".startswith(f"{package}."):
            return client
    return None


def _is_given(call: Node, client: ImplicitRead) -> bool:
    """Whether a call gives its client the secret, or may do so."""
    given = calls.arguments(call)
    return any(
        is_a(one, Kind.DICT_SPLAT, Kind.LIST_SPLAT) or calls.keyword_of(one) in client.arguments for one in given
    )


def _uses(call: Node, client: ImplicitRead) -> Iterator[EnvUse]:
    function = call.child_by_field_name("function")
    called = function.child_by_field_name("attribute") if is_a(function, Kind.ATTRIBUTE) else function
    for at, name in enumerate(client.names):
        others = () if client.all else tuple(other for other in client.names if other != name)
        default = Default.NONE if at == 0 or client.all else Default.EMPTY
        yield EnvUse(name, span_of(called or call), default=default, instead=others)
