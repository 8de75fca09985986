# group: vllm.general_plugins
# says: while it is called

import time


def register():
    time.sleep(1000)
