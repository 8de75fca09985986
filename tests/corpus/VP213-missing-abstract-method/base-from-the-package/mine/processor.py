from vllm.plugins.io_processors import IOProcessor


class MyProcessor(IOProcessor):
    pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt
