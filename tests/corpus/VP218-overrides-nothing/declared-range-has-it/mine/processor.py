from vllm.plugins.io_processors.interface import IOProcessor


class MyProcessor(IOProcessor):
    pass

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output

    def parse_request(self, request):
        return request
