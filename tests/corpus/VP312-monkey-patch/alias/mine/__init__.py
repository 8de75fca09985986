from vllm.v1.core.sched import scheduler

Scheduler = scheduler.Scheduler
Scheduler.schedule = None

def register():
    pass
