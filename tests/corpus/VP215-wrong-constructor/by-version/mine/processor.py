import vllm
from packaging.version import Version
from vllm.plugins.io_processors.interface import IOProcessor

NEW = Version(vllm.__version__) >= Version("0.17")


class MyProcessor(IOProcessor):
    if NEW:

        def __init__(self, vllm_config, renderer):
            super().__init__(vllm_config, renderer)
    else:

        def __init__(self, vllm_config):
            super().__init__(vllm_config)

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
