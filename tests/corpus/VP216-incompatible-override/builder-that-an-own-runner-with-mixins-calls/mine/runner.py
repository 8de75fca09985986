from vllm.v1.worker.lora_model_runner_mixin import LoRAModelRunnerMixin


class Runner(LoRAModelRunnerMixin):
    pass
