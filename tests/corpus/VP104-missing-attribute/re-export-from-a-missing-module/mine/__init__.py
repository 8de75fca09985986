from .plugins import register
