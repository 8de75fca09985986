import time

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    async def post_process_async(self, model_output, request_id=None, **kwargs):
        time.sleep(1)
