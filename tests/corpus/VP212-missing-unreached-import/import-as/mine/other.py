import vllm.attention.layer as layer
