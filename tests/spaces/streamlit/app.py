import os

import streamlit as st
from anthropic import Anthropic

with st.sidebar:
    os.environ["OPENAI_API_KEY"] = st.text_input("OpenAI key", type="password")  # unspill: ignore[visitor-key-in-environment] tests

password = st.secrets["APP_PASSWORD"]
webhook = st.secrets.get("SLACK_WEBHOOK_URL")
try:
    table = st.secrets["TABLE"]
except KeyError:
    table = "main"
st.write(Anthropic().messages, os.environ["OPENAI_API_KEY"], table)  # unspill: ignore[secret-shown-to-visitors] tests
