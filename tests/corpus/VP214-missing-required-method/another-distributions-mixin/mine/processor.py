from vllm.plugins.io_processors.interface import IOProcessor
from elsewhere import Mixin


class MyProcessor(Mixin, IOProcessor):
    pass

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
