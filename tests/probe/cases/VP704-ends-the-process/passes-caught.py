# group: vllm.general_plugins

import sys


def register():
    try:
        sys.exit(1)
    except SystemExit:
        pass
