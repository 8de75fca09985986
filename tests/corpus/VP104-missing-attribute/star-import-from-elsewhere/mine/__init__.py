from vllm.plugins import *
