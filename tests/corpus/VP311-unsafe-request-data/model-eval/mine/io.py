import torch

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        model = torch.nn.Linear(1, 1)
        model.eval()
        return data
