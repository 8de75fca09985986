from vllm.config import VllmConfig

x = 1
