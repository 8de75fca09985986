from vllm.plugins.io_processors import interface


class MyProcessor(interface.IOProcessor):
    pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt
