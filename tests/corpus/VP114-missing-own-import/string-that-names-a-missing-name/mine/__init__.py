import importlib

TABLE = (
    "mine.aliases:instal",
)


def register():
    for text in TABLE:
        module, _, name = text.partition(":")
        getattr(importlib.import_module(module), name)()
