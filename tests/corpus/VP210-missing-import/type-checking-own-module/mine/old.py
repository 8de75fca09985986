from vllm.attention.layer import Attention

thing = 1
