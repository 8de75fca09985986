import sys


def register():
    sys.modules["vllm.utils"] = None
