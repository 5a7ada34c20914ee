import os

import requests
import streamlit as st

os.environ["ANTHROPIC_API_KEY"] = "<<ANTHROPIC>>"

from anthropic import Anthropic

st.title("Issues")
answer = requests.get(
    "https://api.github.com/issues",
    headers={"Authorization": "Bearer <<GITHUB>>", "Accept": "application/json"},
)
st.write(Anthropic().summarize(answer))
st.write(os.environ["ANTHROPIC_API_KEY"])  # unspill: ignore[secret-shown-to-visitors] a page for tests
