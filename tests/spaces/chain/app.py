import getpass
import os

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_tavily import TavilySearch

if not os.environ.get("TAVILY_API_KEY"):
    os.environ["TAVILY_API_KEY"] = getpass.getpass("Tavily key: ")

KEYS = {"cohere": "COHERE_API_KEY", "mistral": "MISTRAL_API_KEY"}


def key_of(provider: str) -> str | None:
    return os.getenv(KEYS[provider])


model, index = ChatOpenAI(model="gpt-4o"), OpenAIEmbeddings(api_key=os.environ["EMBEDDING_KEY"])
search = TavilySearch()
