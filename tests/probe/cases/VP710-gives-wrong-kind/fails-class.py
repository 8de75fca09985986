# group: vllm.platform_plugins
# says: neither None nor a name

from vllm.platforms.interface import Platform


class Acme(Platform):
    pass


def register():
    return Acme
