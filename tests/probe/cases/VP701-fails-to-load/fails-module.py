# group: vllm.general_plugins
# says: No module named 'acme_missing'

import acme_missing


def register():
    pass
