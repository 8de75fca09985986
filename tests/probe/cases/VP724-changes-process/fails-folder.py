# group: vllm.general_plugins
# says: the working folder

import os

os.chdir('/')


def register():
    pass
