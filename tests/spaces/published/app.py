import os

from huggingface_hub import HfApi

api = HfApi()
api.add_space_variable("me/notes", "OPENAI_API_KEY", os.environ["OPENAI_API_KEY"])
api.upload_folder(folder_path="src", repo_id="me/notes", repo_type="space")
