from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor):
    def parse_data(self, data):
        return data
