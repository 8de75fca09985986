from .gone import register
