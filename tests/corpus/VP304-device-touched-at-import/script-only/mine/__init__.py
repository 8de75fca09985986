import torch

if __name__ == "__main__":
    torch.cuda.init()

def register():
    pass
