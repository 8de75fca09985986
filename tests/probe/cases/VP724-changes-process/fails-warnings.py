# group: vllm.general_plugins
# says: ignore everything

import warnings

warnings.filterwarnings('ignore')


def register():
    pass
