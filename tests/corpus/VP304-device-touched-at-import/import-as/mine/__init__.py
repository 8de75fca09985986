import torch as th

NAME = th.cuda.get_device_name(0)

def register():
    pass
