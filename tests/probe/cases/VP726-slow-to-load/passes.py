# group: vllm.general_plugins

import time


def register():
    time.sleep(0.1)
