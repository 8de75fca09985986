import torch

torch.npu.set_device(0)

def register():
    pass
