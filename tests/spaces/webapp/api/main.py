import os

from openai import OpenAI

client = OpenAI()
engine = os.environ["DATABASE_URL"]
signing = os.environ["SIGNING_KEY"]
