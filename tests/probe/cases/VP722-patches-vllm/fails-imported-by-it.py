# group: vllm.general_plugins
# says: calling it replaces vllm.worker.Worker.load, now probed.register.<locals>.load


def register():
    from vllm.worker import Worker

    def load(self):
        return 'acme'

    Worker.load = load
