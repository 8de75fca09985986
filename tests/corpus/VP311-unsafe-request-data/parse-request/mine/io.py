import pickle

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_request(self, request):
        return pickle.loads(request.data)
