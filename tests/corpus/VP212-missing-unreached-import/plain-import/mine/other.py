import vllm.attention.layer
