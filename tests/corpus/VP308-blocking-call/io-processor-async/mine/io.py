import requests

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    async def pre_process_async(self, prompt, request_id=None, **kwargs):
        return requests.get(prompt)
