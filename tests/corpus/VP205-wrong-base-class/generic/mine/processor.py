from vllm.plugins.io_processors.interface import IOProcessor


class P(IOProcessor[str, bytes]):
    pass
