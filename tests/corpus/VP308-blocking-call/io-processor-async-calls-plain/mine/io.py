import requests

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def pre_process(self, prompt, request_id=None, **kwargs):
        return requests.get(prompt)

    async def pre_process_async(self, prompt, request_id=None, **kwargs):
        return self.pre_process(prompt)
