from vllm.attention.layer import Attention
