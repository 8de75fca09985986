from vllm.attention import layer

def register():
    pass
