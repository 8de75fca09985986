from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor):
    pass

    def parse_data(self, data):
        return data

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output

    def pre_process(self, prompt):
        return prompt

    async def pre_process_async(self, prompt, request_id=None, **kwargs):
        return self.pre_process(prompt)
