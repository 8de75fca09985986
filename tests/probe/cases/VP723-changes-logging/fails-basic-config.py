# group: vllm.general_plugins
# says: root handlers was none, is StreamHandler

import logging

logging.basicConfig(level=logging.DEBUG)


def register():
    pass
