import torch

def needs(memory):
    return lambda f: f


@needs(torch.cuda.mem_get_info())
def run():
    pass

def register():
    pass
