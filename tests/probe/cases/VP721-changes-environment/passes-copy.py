# group: vllm.general_plugins

import os

ENV = {**os.environ, 'ACME': '1'}


def register():
    pass
