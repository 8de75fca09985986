# group: vllm.platform_plugins

def register():
    return 'probed.Acme'


def __getattr__(name):
    if name == 'Acme':
        from vllm.platforms.interface import Platform

        class Acme(Platform):
            __qualname__ = 'Acme'

        globals()['Acme'] = Acme
        return Acme
    raise AttributeError(name)
