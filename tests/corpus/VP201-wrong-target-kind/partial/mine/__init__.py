from functools import partial

register = partial(print, "hello")
