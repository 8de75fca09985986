from vllm.distributed import parallel_state

from mine import shims


def register():
    from vllm.distributed.parallel_state import _MINE
    from vllm.distributed.parallel_state import _OTHER
    from vllm.distributed.parallel_state import _THIRD

    return _MINE, _OTHER, _THIRD
