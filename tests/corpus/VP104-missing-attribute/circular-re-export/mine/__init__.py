from .a import register
