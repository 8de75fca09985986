from vllm.plugins.io_processors import IOProcessor


class MyProcessor(IOProcessor):
    def __init__(self, vllm_config, renderer):
        super().__init__(vllm_config, renderer)

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
