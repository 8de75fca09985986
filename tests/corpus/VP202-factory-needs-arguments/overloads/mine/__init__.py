from typing import overload


@overload
def register(config: int): ...


@overload
def register(config: str): ...


def register(config=None):
    return None
