from vllm.plugins.io_processors.interface import IOProcessor


class Base(IOProcessor):
    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def parse_data(self, data):
        return data


class MyProcessor(Base):
    pass

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
