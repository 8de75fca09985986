from .impl import register
