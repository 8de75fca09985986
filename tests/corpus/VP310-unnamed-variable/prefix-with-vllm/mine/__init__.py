import os


def register():
    os.environ.get("VLLM_MINE_FAST_MODE")
