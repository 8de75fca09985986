from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor):
    pass
