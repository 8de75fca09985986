import torch

torch.cuda.set_device(0)

def register():
    pass
