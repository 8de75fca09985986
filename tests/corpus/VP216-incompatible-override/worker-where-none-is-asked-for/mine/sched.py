from vllm.v1.worker.worker_base import WorkerBase


class A(WorkerBase):
    def execute_model(self):
        return None
