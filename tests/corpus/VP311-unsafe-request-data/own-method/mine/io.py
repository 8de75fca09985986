import pickle

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        return self._decode(data)

    def _decode(self, raw):
        return pickle.loads(raw)
