# group: vllm.general_plugins
# says: initialises torch.cuda

import torch

torch.cuda.init()


def register():
    pass
