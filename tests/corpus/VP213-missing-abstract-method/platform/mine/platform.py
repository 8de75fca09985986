from vllm.platforms import Platform


class Mine(Platform):
    pass
