import os

from fastapi import FastAPI

app = FastAPI(title=os.environ["MODEL"], version=os.environ["GIT_SHA"])
key = os.environ["API_KEY"]
token = os.getenv("HF_TOKEN") or os.getenv("HUGGING_FACE_HUB_TOKEN")
