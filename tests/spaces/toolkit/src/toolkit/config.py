"""What the package needs to know."""

import os
from dataclasses import dataclass


class Config:
    OPENAI_API_KEY = "<<OPENAI>>"
    TIMEOUT = 30


@dataclass
class Hub:
    url: str = "https://huggingface.co"
    token: str = os.getenv("HF_TOKEN", "<<HF_READ>>")


SLACK = {"url": "<<SLACK>>", "channel": "#ops"}
