# group: vllm.general_plugins
# says: calling it looks up localhost

import socket


def register():
    socket.getaddrinfo('localhost', 80)
