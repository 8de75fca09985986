import torch

TABLE = torch.arange(8)
TABLE = TABLE.to("cuda")

def register():
    pass
