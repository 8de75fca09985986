# group: vllm.general_plugins

import socket


def register():
    socket.socketpair()
