import scipy
import torch
from vllm.platforms import Platform


class MinePlatform(Platform):
    pass
