def register():
    import torch
    from transformers import AutoConfig
    import numpy as np
    import vllm
