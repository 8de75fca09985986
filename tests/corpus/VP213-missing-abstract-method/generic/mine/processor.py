from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor[dict, dict]):
    pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt
