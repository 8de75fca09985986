from typing import overload


@overload
def register(): ...


@overload
def register(name: str): ...


def register(name=None):
    return None
