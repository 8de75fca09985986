from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def is_integrated_gpu(cls, device_id):
        return None
