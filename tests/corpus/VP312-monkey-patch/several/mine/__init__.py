from vllm.v1.core.sched.scheduler import Scheduler

Scheduler.a = None
Scheduler.b = None
Scheduler.c = None
Scheduler.d = None

def register():
    pass
