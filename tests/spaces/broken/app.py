import os

token = os.environ["HF_TOKEN"
name = f"{os.environ['SPACE_ID']}"
os.getenv("HALF
