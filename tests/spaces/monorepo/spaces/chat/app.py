import os

print(os.environ["GROQ_API_KEY"], os.environ["SPACE_ID"])  # unspill: ignore[secret-logged] a program for tests
