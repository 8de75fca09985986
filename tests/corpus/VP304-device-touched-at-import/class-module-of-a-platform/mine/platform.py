import torch
from vllm.platforms import Platform

torch.cuda.init()


class MinePlatform(Platform):
    pass
