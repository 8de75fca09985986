import torch

def capability():
    return torch.cuda.get_device_capability()

def register():
    pass
