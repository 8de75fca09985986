class Mixin:
    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
