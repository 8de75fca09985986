from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        device = vllm_config.device_config
        if device is not None and device.device_type != cls.device_type:
            return
        vllm_config.parallel_config.worker_cls = "mine.other.C"
