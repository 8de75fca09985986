# group: vllm.general_plugins
# says: SystemExit: no driver

import sys


def register():
    sys.exit('no driver')
