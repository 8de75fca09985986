from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor):
    pass

    def __init__(self, vllm_config, renderer):
        super().__init__(vllm_config, renderer)

    def parse_request(self, request):
        return request

    def output_to_response(self, plugin_output):
        return plugin_output

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
