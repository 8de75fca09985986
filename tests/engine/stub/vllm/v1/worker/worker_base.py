from contextlib import suppress


class WorkerWrapperBase:
    def __init__(self):
        self.rpc_rank = self.global_rank = 0

    def init_worker(self, all_kwargs):
        from vllm.platforms import current_platform
        from vllm.plugins import load_general_plugins

        load_general_plugins()
        current_platform.device_type  # noqa: B018


def run_worker(pipe):
    WorkerWrapperBase().init_worker([{}])
    pipe.send("ready")
    # As vLLM's worker: one whose engine core is gone ends without a word, not with a traceback.
    with suppress(EOFError, OSError):
        while True:
            pipe.recv()
            pipe.send("done")
