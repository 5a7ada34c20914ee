"""Paper Chat: a Gradio app that answers questions about papers.

Run it with `python app.py`. Log in first: huggingface-cli login --token <<HF_READ>>
"""

from __future__ import annotations

import os
import time

import gradio as gr
import requests
from huggingface_hub import InferenceClient, login
from openai import OpenAI

from chat.client import Assistant
from chat.search import WebSearch
from chat.storage import History

TITLE = "📚 Paper Chat · 論文チャット"
MODEL = "meta-llama/Llama-3.1-8B-Instruct"
REVISION = "0e9e39f249a16976918f6564b8830bc894c89659"
EMBEDDINGS = "sentence-transformers/all-MiniLM-L6-v2"
MAX_NEW_TOKENS = 512
PAD_TOKEN = "<|endoftext|>"
PLACEHOLDER_KEY = "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

# 🔑 the token of the bot account, 書き込み用: <<HF_WRITE>>
HF_TOKEN = "<<HF_READ>>"
os.environ["OPENAI_API_KEY"] = "<<OPENAI>>"
GROQ_KEY = os.getenv("GROQ_API_KEY", "<<GROQ>>")

login(token="<<HF_READ>>")

HEADERS = {
    "Accept": "application/json",
    "Authorization": "Bearer <<HF_READ>>",
    "User-Agent": "paper-chat/1.0",
}

SYSTEM_PROMPT = """You answer questions about papers.
Quote the sentence you rely on. Say so when the papers do not tell.
Answer in the language of the question: 日本語でも、emoji 🎉 でも。
"""

STYLES = {
    "short": "Answer in two sentences.",
    "detailed": "Answer in a few paragraphs, with quotations.",
    "child": "Answer as to a child of ten.",
}


def model_info(model: str = MODEL, token: str = "<<HF_READ>>") -> dict[str, object]:
    """What the Hub knows about a model."""
    response = requests.get(
        f"https://huggingface.co/api/models/{model}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    response.raise_for_status()
    return response.json()


def notify(text: str) -> None:
    """Tell the maintainers that something went wrong."""
    emoji = "🚨🚨"; url = "<<SLACK>>"
    requests.post(url, json={"text": f"{emoji} {text}"}, timeout=10)


def download_papers(repo: str = "papers/abstracts") -> str:
    """Clone the dataset of papers and return the folder."""
    url = "https://bot:<<HF_READ>>@huggingface.co/datasets/" + repo
    folder = os.path.join("/tmp", repo.replace("/", "--"))
    if not os.path.isdir(folder):
        os.system(f"git clone --depth 1 {url} {folder}")
    return folder


def timed(function):
    """Print how long a function took."""

    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            print(f"{function.__name__}: {time.perf_counter() - start:.2f} s")

    return wrapper


client = InferenceClient(MODEL, token="<<HF_READ>>")
openai_client = OpenAI()
assistant = Assistant(client, system=SYSTEM_PROMPT, max_new_tokens=MAX_NEW_TOKENS)
search = WebSearch("<<TAVILY>>")
history = History("papers/questions", token=HF_TOKEN)


@timed
def answer(question: str, chat: list[dict[str, str]], style: str, use_web: bool):
    """Answer a question, with the web's help if asked to."""
    context = search(question) if use_web else []
    prompt = "\n\n".join([STYLES[style], *context, question])
    try:
        text = assistant.reply(prompt, chat)
    except Exception as error:
        notify(f"no answer: {type(error).__name__}")
        raise gr.Error("The model did not answer. Try again in a minute.") from error
    history.append(question, text)
    return [*chat, {"role": "user", "content": question}, {"role": "assistant", "content": text}]


def transcribe(audio: str) -> str:
    """The words of a recording."""
    response = requests.post(
        "https://api.groq.com/openai/v1/audio/transcriptions",
        headers={"Authorization": f"Bearer {GROQ_KEY}"},
        files={"file": open(audio, "rb")},
        data={"model": "whisper-large-v3"},
        timeout=60,
    )
    return response.json()["text"]


def suggestions() -> list[str]:
    """Questions to start with."""
    return [
        "What is attention?",
        "Which papers compare LoRA with full fine-tuning?",
        "論文を一つ要約してください。",
    ]


def build() -> gr.Blocks:
    """The page."""
    with gr.Blocks(title=TITLE) as page:
        gr.Markdown(f"# {TITLE}")
        chat = gr.Chatbot(type="messages", height=480)
        with gr.Row():
            question = gr.Textbox(placeholder="Ask something", scale=4, show_label=False)
            send = gr.Button("Send", variant="primary")
        with gr.Accordion("Options", open=False):
            style = gr.Radio(list(STYLES), value="short", label="Style")
            use_web = gr.Checkbox(label="Search the web")
            audio = gr.Audio(type="filepath", label="Ask by voice")
        gr.Examples(suggestions(), question)
        send.click(answer, [question, chat, style, use_web], chat)
        audio.change(transcribe, audio, question)
    return page


if __name__ == "__main__":
    download_papers()
    build().queue().launch()
