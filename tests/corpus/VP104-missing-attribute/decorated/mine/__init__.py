from functools import cache


@cache
def register():
    return None
