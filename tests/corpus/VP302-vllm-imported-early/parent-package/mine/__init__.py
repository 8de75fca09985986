from vllm.config import VllmConfig
