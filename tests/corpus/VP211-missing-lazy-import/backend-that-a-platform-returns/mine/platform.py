from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def get_attn_backend_cls(cls, *args, **kwargs):
        return "mine.other.C"
