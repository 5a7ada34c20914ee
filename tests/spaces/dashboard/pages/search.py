import streamlit as st
from tavily import TavilyClient

KEY = "<<TAVILY>>"
st.write(TavilyClient(api_key=KEY).search("gradio"))
