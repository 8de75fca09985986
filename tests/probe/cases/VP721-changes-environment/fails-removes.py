# group: vllm.general_plugins
# says: calling it removes HOME

import os


def register():
    os.environ.pop('HOME', None)
