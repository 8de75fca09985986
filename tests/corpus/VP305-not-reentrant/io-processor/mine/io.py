from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    pass
