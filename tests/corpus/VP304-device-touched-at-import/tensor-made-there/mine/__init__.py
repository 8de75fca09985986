import torch

TABLE = torch.zeros(8, device="cuda:0")

def register():
    pass
