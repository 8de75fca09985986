import os


def register():
    os.environ.get("CUDA_VISIBLE_DEVICES")
    os.environ.get("HF_HOME")
    os.environ.get("LOCAL_RANK")
