"""Stand-in."""


class Platform:
    device_name = "none"


class UnspecifiedPlatform(Platform):
    pass
