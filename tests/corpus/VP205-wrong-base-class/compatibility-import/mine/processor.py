try:
    from vllm.plugins.io_processors.interface import IOProcessor
except ImportError:
    IOProcessor = object


class P(IOProcessor):
    pass
