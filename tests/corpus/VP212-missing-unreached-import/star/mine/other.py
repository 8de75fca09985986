from vllm.attention.layer import *
