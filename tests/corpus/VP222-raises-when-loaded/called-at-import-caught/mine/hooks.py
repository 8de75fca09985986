from mine.adapter import build

try:
    SCHEDULE = build()
except RuntimeError:
    SCHEDULE = None


def install():
    return SCHEDULE
