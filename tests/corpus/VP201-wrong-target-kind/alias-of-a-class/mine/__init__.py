from .core import Core

register = Core
