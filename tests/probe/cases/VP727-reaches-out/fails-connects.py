# group: vllm.general_plugins
# says: loading it connects to ('127.0.0.1', 9)

import socket

try:
    socket.create_connection(('127.0.0.1', 9), timeout=1)
except OSError:
    pass


def register():
    pass
