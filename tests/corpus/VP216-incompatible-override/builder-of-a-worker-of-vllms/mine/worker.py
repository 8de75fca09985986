from vllm.v1.worker.gpu_worker import Worker

from mine.runner import Runner


class W(Worker):
    def init_device(self):
        self.model_runner = Runner(self.vllm_config)
