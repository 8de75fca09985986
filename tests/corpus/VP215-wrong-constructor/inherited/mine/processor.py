from vllm.plugins.io_processors.interface import IOProcessor


class Base(IOProcessor):
    def __init__(self, vllm_config):
        super().__init__(vllm_config)


class MyProcessor(Base):
    pass

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
