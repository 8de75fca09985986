from vllm.attention.layer import *

def register():
    pass
