import os


def register():
    os.environ.get("VLLM_LOGGING_LEVEL")
