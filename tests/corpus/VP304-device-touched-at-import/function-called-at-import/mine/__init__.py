import torch

def _capability():
    return torch.cuda.get_device_capability()


CAPABILITY = _capability()

def register():
    pass
