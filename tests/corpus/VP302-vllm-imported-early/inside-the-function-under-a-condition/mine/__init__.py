import os


def register():
    if os.environ.get("MINE_SETTINGS"):
        from vllm.config import VllmConfig

    return "mine.platform.MinePlatform"
