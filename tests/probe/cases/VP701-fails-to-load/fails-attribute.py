# group: vllm.general_plugins
# says: has no attribute 'register'

def registered():
    pass
