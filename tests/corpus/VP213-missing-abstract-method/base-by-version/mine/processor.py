import vllm
from packaging.version import Version

if Version(vllm.__version__) >= Version("0.17"):
    from vllm.plugins.io_processors.interface import IOProcessor
else:
    from vllm.plugins.io_processors import IOProcessor


class MyProcessor(IOProcessor):
    pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt
