from vllm.plugins.io_processors.interface import IOProcessor


class Base(IOProcessor):
    async def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt


class MyProcessor(Base):
    pass

    def parse_data(self, data):
        return data

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
