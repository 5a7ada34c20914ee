from huggingface_hub import HfApi


def api():
    return HfApi(token="<<HF_WRITE>>")


api()
