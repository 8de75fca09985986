from vllm.lora.resolver import LoRAResolver


class Mine(LoRAResolver):
    def __init__(self, folder):
        self.folder = folder
