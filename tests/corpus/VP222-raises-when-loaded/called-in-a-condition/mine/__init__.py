import os

import vllm


def register():
    if os.environ.get("MINE"):
        check(vllm.__version__)


def check(version):
    if version.startswith("0.3"):
        raise RuntimeError("not made for this vLLM")
