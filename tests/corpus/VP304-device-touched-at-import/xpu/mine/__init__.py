import torch

MEMORY = torch.xpu.mem_get_info()

def register():
    pass
