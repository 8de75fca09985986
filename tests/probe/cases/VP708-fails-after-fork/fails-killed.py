# group: vllm.general_plugins
# says: in a forked process it is killed by SIGABRT

import os

OWNER = os.getpid()


def register():
    if os.getpid() != OWNER:
        os.abort()
