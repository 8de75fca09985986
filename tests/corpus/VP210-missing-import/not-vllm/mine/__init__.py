import vllm_something_else
from vllmx.attention import layer

def register():
    pass
