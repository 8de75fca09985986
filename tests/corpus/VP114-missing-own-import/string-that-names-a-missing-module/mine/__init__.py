import importlib

TABLE = (
    "mine.parts.aliases:install",
)


def register():
    for text in TABLE:
        module, _, name = text.partition(":")
        getattr(importlib.import_module(module), name)()
