"""As ``vllm/platforms/cpu.py``, as far as the tests ask."""


class CpuPlatform:
    device_type = "cpu"
    device_name = "cpu"

    @classmethod
    def get_device_name(cls, device_id=0):
        return "a test's CPU"
