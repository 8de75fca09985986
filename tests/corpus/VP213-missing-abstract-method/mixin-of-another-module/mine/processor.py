from vllm.plugins.io_processors.interface import IOProcessor

from .mixin import Mixin


class MyProcessor(Mixin, IOProcessor):
    pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt
