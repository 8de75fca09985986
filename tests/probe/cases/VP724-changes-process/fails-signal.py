# group: vllm.general_plugins
# says: SIGTERM

import signal


def register():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
