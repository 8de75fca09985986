from mine.adapter import build

SCHEDULE = build()


def install():
    return SCHEDULE
