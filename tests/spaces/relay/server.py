import os

from groq import Groq

groq = Groq(api_key=os.environ.get("GROQ_API_KEY", "<<GROQ>>"))
groq.serve(os.environ["GITHUB_TOKEN"])
