# group: vllm.general_plugins
# says: importing vLLM after it raises

import sys

if 'vllm' not in sys.modules:
    sys.modules['vllm.platforms'] = None


def register():
    pass
