# group: vllm.general_plugins
# says: imported before vLLM, loading it raises KeyError

import sys

vllm = sys.modules['vllm']


def register():
    pass
