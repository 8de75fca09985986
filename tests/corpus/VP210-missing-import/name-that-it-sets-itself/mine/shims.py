from vllm.distributed import parallel_state


class Group:
    def __init__(self):
        self._THIRD = 1


def start():
    parallel_state._MINE = None
    setattr(parallel_state, "_OTHER", None)
