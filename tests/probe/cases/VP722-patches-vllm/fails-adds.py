# group: vllm.general_plugins
# says: calling it adds vllm.worker.Worker.unload, now probed.unload


def unload(self):
    return None


def register():
    from vllm.worker import Worker

    Worker.unload = unload
