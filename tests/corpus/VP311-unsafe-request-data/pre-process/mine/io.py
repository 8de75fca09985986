import pickle

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def pre_process(self, prompt, request_id=None, **kwargs):
        return pickle.loads(prompt)
