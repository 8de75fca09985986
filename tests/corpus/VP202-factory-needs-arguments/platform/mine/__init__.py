def register(vllm_config, *, device):
    return None
