import os

print(os.environ["REPLICATE_API_TOKEN"], os.environ.get("REPLICATE_MODEL", "sdxl"))  # unspill: ignore[secret-logged] a program for tests
