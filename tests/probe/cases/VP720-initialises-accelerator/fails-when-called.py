# group: vllm.general_plugins
# says: initialises torch.cuda

def register():
    import torch

    torch.cuda.init()
