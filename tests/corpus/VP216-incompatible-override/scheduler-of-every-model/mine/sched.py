from vllm.v1.core.sched.scheduler import Scheduler


class A(Scheduler):
    def schedule(self):
        return super().schedule()


class B(Scheduler):
    def schedule(self, throttle_prefills=False):
        return super().schedule()
