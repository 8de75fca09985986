import torch
import transformers

def register():
    pass
