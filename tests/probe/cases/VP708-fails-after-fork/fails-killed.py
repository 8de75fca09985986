# group: vllm.general_plugins
# says: killed (SIGABRT)

import os

OWNER = os.getpid()


def register():
    if os.getpid() != OWNER:
        os.abort()
