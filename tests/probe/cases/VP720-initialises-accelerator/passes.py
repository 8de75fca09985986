# group: vllm.general_plugins

import torch


def register():
    torch.cuda.is_initialized()
