from vllm.attention.layer import Attention
from vllm.utils import FlexibleArgumentParser

thing = 1
