from vllm.v1.worker.worker_base import WorkerBase

from mine.runner import Runner


class W(WorkerBase):
    def init_device(self):
        self.model_runner = Runner(self.vllm_config)
