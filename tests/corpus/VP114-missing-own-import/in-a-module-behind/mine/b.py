from .c import A
