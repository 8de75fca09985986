def register():
    from vllm.v1.core.sched.scheduler import Scheduler

    class Mine(Scheduler):
        schedule = None
