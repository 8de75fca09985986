import torch


def register():
    torch.cuda.empty_cache()
