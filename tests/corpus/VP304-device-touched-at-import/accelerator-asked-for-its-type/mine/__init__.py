import torch

DEVICE = torch.accelerator.current_accelerator()

def register():
    pass
