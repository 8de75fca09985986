# group: vllm.general_plugins
# says: sys.path /acme

import sys

sys.path.insert(0, '/acme')


def register():
    pass
