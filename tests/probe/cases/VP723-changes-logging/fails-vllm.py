# group: vllm.general_plugins
# says: vllm level was NOTSET, is ERROR

import logging


def register():
    logging.getLogger('vllm').setLevel(logging.ERROR)
