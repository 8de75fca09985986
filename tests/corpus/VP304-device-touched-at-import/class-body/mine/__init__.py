import torch

class Settings:
    count = torch.cuda.get_device_properties(0).total_memory

def register():
    pass
