# group: vllm.general_plugins
# says: leaves the process with status 3

import os


def register():
    os._exit(3)
