"""Stand-in."""

from abc import ABC, abstractmethod


class IOProcessor(ABC):
    def __init__(self, vllm_config, renderer):
        self.vllm_config = vllm_config

    @abstractmethod
    def pre_process(self, prompt): ...
