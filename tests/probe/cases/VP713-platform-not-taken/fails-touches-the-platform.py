# group: vllm.platform_plugins
# says: vLLM settled on vllm.platforms.interface.UnspecifiedPlatform

import vllm.platforms

if not hasattr(vllm.platforms, 'asked'):
    vllm.platforms.asked = True
    raise ImportError('half initialised')


class Acme(vllm.platforms.Platform):
    pass


def register():
    return 'probed.Acme'
