# group: vllm.platform_plugins
# says: probed.Acme cannot be made: OSError: no driver; in vLLM: not caught

from vllm.platforms.interface import Platform


class Acme(Platform):
    def __init__(self):
        raise OSError('no driver')


def register():
    return 'probed.Acme'
