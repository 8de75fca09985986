import torch

COUNT = torch.cuda.device_count()

def register():
    pass
