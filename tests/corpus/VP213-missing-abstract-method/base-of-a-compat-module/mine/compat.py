try:
    from vllm.plugins.io_processors.interface import IOProcessor
except ImportError:
    from vllm.plugins.io_processors import IOProcessor
