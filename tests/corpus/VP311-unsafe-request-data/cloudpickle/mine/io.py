import cloudpickle

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        return cloudpickle.loads(data)
