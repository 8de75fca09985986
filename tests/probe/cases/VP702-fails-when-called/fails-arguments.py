# group: vllm.general_plugins
# says: missing 1 required positional argument

def register(vllm_config):
    pass
