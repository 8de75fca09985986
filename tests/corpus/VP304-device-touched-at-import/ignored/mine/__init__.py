import torch

torch.cuda.init()  # vplug: ignore[VP304]

def register():
    pass
