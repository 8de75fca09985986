from vllm.platforms import Platform


class Mine(Platform):
    @classmethod
    def get_attn_backend_cls(cls, selected_backend, attn_selector_config):
        return ""
