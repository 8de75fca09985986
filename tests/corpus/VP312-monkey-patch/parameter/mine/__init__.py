def check(vllm_config):
    vllm_config.x = 1


def register():
    pass
