import os, vllm.attention.layer as layer

def register():
    pass
