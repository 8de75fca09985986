import torch

DEVICE = torch.device("cuda")

def register():
    pass
