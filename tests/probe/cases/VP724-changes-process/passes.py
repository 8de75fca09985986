# group: vllm.general_plugins

import os
import warnings

HERE = os.path.dirname(__file__)
warnings.filterwarnings('ignore', module='probed')


def register():
    pass
