from . import a
from vllm.attention.layer import Attention
