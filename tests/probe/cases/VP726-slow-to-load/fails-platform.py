# group: vllm.platform_plugins
# says: loading it takes 2

import time

time.sleep(2.1)


def register():
    return None
