import multiprocessing


class EngineDeadError(Exception):
    pass


class LLMEngine:
    def __init__(self, settings):
        from vllm.platforms import current_platform
        from vllm.plugins import load_general_plugins
        from vllm.v1.engine.core import run_engine_core

        current_platform.device_type  # noqa: B018
        load_general_plugins()
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=run_engine_core, args=(theirs,), name="EngineCore")
        self.process.start()
        theirs.close()
        try:
            ready = self.pipe.recv()
        except EOFError:
            ready = None
        if ready != "ready":
            raise RuntimeError("Engine core initialization failed. See root cause above.")

    def ask(self):
        try:
            self.pipe.send("step")
            self.pipe.recv()
        except (EOFError, OSError):
            raise EngineDeadError("EngineCore encountered an issue.") from None
