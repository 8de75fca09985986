import pickle

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        with open(data) as file:
            return pickle.load(file)
