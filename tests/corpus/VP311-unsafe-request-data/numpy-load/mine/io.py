import io

import numpy as np

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        return np.load(io.BytesIO(data))
