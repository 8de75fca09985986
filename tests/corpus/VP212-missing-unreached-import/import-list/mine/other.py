import os, vllm.attention.layer
