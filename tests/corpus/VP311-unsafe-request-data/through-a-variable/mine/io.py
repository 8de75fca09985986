import base64
import pickle

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        raw = base64.b64decode(data["image"])
        return pickle.loads(raw)
