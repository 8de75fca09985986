# group: vllm.general_plugins
# says: in a forked process it raises RuntimeError

import os

OWNER = os.getpid()


def register():
    if os.getpid() != OWNER:
        raise RuntimeError('forked')
