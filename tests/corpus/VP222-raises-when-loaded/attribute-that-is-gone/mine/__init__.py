from vllm.v1.core.sched.scheduler import Scheduler


def register():
    if getattr(Scheduler, "_old_hook", None) is None:
        raise RuntimeError("not made for this vLLM")
