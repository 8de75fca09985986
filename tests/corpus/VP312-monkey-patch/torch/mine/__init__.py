import torch

torch.backends.x = True

def register():
    pass
