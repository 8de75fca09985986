from vllm.platforms import Platform


class Mine(Platform):
    @classmethod
    def validate_request(cls, prompt, params, processed_inputs):
        pass
