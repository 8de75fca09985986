from vllm.v1.worker.worker_base import WorkerBase



class W(WorkerBase):
    def init_device(self):
        from mine.runner import Runner

        self.model_runner = Runner(self.vllm_config)
