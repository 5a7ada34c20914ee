from common.env import required

TOKEN = required("HF_TOKEN")
DATASET_TOKEN = required("DATASET_TOKEN")
