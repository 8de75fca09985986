from vllm.plugins.io_processors.interface import IOProcessor as VllmProcessor


class Base(VllmProcessor):
    pass
