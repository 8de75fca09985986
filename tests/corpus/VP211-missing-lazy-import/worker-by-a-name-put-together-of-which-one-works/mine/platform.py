import os

from vllm.platforms import Platform


class P(Platform):
    @classmethod
    def check_and_update_config(cls, vllm_config):
        new = os.environ.get("MINE_NEW")
        vllm_config.parallel_config.worker_cls = f'mine{".v1" if new else ""}.worker.W'
