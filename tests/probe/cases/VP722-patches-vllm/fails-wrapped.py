# group: vllm.general_plugins
# says: calling it replaces vllm.worker.Worker.load, now probed.wrapped.<locals>.load

import functools

from vllm.worker import Worker


def wrapped(original):
    @functools.wraps(original)
    def load(self):
        return original(self)

    return load


def register():
    Worker.load = wrapped(Worker.load)
