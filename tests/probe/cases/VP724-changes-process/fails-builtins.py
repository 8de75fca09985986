# group: vllm.general_plugins
# says: builtins print

import builtins


def register():
    builtins.print = lambda *_: None
