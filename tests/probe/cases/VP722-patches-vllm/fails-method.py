# group: vllm.general_plugins
# says: vllm.worker.Worker.load

from vllm.worker import Worker


def register():
    Worker.load = lambda self: 'acme'
