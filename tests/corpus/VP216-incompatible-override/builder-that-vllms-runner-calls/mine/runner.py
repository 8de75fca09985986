from vllm.v1.worker.gpu_model_runner import GPUModelRunner


class Runner(GPUModelRunner):
    pass
