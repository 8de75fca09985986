# group: vllm.general_plugins
# says: No module named 'vllm.gone'

from vllm.gone import Worker


def register():
    Worker()
