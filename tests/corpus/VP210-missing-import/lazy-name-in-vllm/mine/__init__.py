from vllm import LLM, SamplingParams, ModelRegistry, __version__, __version_tuple__
from vllm.envs import VLLM_LOGGING_LEVEL

def register():
    pass
