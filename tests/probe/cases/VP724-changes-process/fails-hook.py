# group: vllm.general_plugins
# says: sys.excepthook

import sys

sys.excepthook = print


def register():
    pass
