from vllm.v1.attention.backend import AttentionBackend, AttentionImpl, AttentionMetadataBuilder


class Impl(AttentionImpl):
    def __init__(self, *args, **kwargs): ...

    def forward(self, *args, **kwargs): ...


class Builder(AttentionMetadataBuilder):
    def __init__(self, kv_cache_spec, layer_names, vllm_config, device): ...

    def build(self, common_prefix_len, common_attn_metadata, fast_build=False): ...


class Mine(AttentionBackend):
    @staticmethod
    def get_impl_cls():
        return Impl

    @staticmethod
    def get_builder_cls():
        return Builder
