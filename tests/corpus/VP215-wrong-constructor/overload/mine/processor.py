from typing import overload
from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor):
    @overload
    def __init__(self, vllm_config): ...

    @overload
    def __init__(self, vllm_config, renderer): ...

    def __init__(self, vllm_config, renderer=None):
        super().__init__(vllm_config, renderer)

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
