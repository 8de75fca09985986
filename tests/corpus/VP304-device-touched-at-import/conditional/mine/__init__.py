import torch

if torch.cuda.is_available():
    torch.cuda.init()

def register():
    pass
