import torch

TABLE = torch.zeros(8, device="cpu").to("cpu")

def register():
    pass
