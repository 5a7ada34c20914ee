"""Captions pictures."""

import gradio as gr
from huggingface_hub import InferenceClient, login
from openai import OpenAI

# old: <<HF_WRITE>>
login("<<HF_READ>>")
client = InferenceClient("Salesforce/blip", token="<<HF_READ>>")
HEADERS = {"X-Token": "<<HF_WRITE>>"}


def caption(picture, openai_key="<<OPENAI>>"):
    text = client.image_to_text(picture)
    return OpenAI(api_key=openai_key, default_headers=HEADERS).polish(text)


caption("cat.png")
gr.Interface(caption, gr.Image(), gr.Textbox()).launch()
