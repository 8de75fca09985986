from vllm.model_executor.layers.attention import Attention
