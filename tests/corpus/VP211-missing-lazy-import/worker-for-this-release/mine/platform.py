from importlib.metadata import version
from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        if not version("vllm").startswith("0.10."):
            vllm_config.parallel_config.worker_cls = "mine.other.C"
