from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    torch.cuda.init()

def register():
    pass
