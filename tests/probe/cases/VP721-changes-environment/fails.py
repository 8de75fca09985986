# group: vllm.general_plugins
# says: loading it sets ACME to '1'

import os

os.environ['ACME'] = '1'


def register():
    pass
