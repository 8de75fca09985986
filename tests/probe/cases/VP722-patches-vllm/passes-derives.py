# group: vllm.general_plugins

from vllm.worker import REGISTRY, Worker


class Acme(Worker):
    def load(self):
        return 'acme'


def register():
    REGISTRY['acme'] = Acme
