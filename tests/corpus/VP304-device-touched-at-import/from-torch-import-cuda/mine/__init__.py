from torch import cuda

NAME = cuda.get_device_name(0)

def register():
    pass
