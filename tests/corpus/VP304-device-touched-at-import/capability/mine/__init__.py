import torch

CAPABILITY = torch.cuda.get_device_capability()

def register():
    pass
