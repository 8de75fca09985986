import io

import torch

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        return torch.load(io.BytesIO(data))
