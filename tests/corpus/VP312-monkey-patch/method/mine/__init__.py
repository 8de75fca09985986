def register():
    from vllm.v1.core.sched.scheduler import Scheduler

    Scheduler.schedule = None
