from collections.abc import Callable

register: Callable[[], None] = lambda: None
