from .other import C
