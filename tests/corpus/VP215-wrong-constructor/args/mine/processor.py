from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor):
    pass

    def __init__(self, *args):
        pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
