import torch

torch.accelerator.set_device_index(0)

def register():
    pass
