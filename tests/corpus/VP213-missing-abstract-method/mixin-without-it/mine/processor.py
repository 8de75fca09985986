from vllm.plugins.io_processors.interface import IOProcessor


class Mixin:
    pass


class MyProcessor(Mixin, IOProcessor):
    pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt
