import vllm.attention.layer

def register():
    pass
