from vllm.v1.worker.cpu_worker import CPUWorker


class W(CPUWorker):
    def execute_model(self):
        return None
