import multiprocessing


class EngineCore:
    def __init__(self):
        from vllm.platforms import current_platform
        from vllm.plugins import load_general_plugins
        from vllm.v1.worker.worker_base import run_worker

        load_general_plugins()
        current_platform.device_type  # noqa: B018
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.worker = context.Process(target=run_worker, args=(theirs,), name="VllmWorker-0")
        self.worker.start()
        theirs.close()
        if self.pipe.recv() != "ready":
            raise RuntimeError("WorkerProc initialization failed due to an exception")


def run_engine_core(pipe):
    core = EngineCore()
    pipe.send("ready")
    while True:
        pipe.recv()
        core.pipe.send("step")
        pipe.send(core.pipe.recv())
