from contextlib import suppress

with suppress(ImportError):
    from .plugin import register
