class register:
    def __init__(self, vllm_config, device, is_pin_memory):
        pass
