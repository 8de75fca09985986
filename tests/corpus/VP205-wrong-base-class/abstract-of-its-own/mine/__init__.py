from abc import ABC
from typing import Generic, TypeVar

T = TypeVar("T")


class register(ABC, Generic[T]):
    pass
