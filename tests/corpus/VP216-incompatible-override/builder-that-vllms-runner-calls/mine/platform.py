from vllm.platforms import Platform

from mine import attention, worker


class P(Platform):
    pass
