import torch

TABLE = torch.arange(8).cuda()

def register():
    pass
