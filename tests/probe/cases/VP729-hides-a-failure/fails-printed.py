# group: vllm.general_plugins
# says: it logs a traceback and goes on: OSError: no driver

import traceback


def connect():
    raise OSError('no driver')


try:
    connect()
except OSError:
    traceback.print_exc()


def register():
    pass
