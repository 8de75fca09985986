import torch
from vllm.platforms import current_platform


def register():
    check(torch.cuda.is_available())
    check(current_platform.is_cuda())


def check(there):
    if not there:
        raise RuntimeError("no device")
