from vllm.platforms.cpu import CpuPlatform


class P(CpuPlatform):
    @classmethod
    def get_attn_backend_cls(cls, selected_backend):
        return None
