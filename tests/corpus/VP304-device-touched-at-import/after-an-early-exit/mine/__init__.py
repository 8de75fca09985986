import torch

if not hasattr(torch, "npu"):
    raise ImportError("no NPU")
torch.npu.init()

def register():
    pass
