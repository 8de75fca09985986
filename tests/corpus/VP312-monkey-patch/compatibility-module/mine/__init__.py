from .compat import Scheduler

Scheduler.schedule = None

def register():
    pass
