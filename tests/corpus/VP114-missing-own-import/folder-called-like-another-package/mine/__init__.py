import triton.language
from ray.serve import run

def register():
    pass
