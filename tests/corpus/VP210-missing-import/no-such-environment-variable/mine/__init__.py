from vllm.envs import VLLM_USE_V1

def register():
    pass
