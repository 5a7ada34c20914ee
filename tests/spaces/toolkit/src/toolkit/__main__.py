import argparse

import requests

from toolkit.config import SLACK, Config, Hub

parser = argparse.ArgumentParser()
parser.add_argument("--write-token", default="<<HF_WRITE>>")
options = parser.parse_args()
requests.get(Hub().url, headers={"Authorization": f"Bearer {Hub().token}"})
requests.post(SLACK["url"], json={"text": "done"})
requests.put(Config.OPENAI_API_KEY, options.write_token)
