"""As ``vllm/platforms/interface.py``, as far as the tests ask."""


class UnspecifiedPlatform:
    device_type = ""
