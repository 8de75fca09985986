from vllm.v1.attention.backend import AttentionBackend


class Mine(AttentionBackend):
    @classmethod
    def validate_configuration(cls, head_size, dtype, kv_cache_dtype, block_size, use_mla, has_sink, use_sparse, use_mm_prefix, use_per_head_quant_scales, device_capability, attn_type):
        return []


def register(): ...
