import importlib

TABLE = (
    f"{__package__}.aliasses:install",
)


def register():
    for text in TABLE:
        module, _, name = text.partition(":")
        getattr(importlib.import_module(module), name)()
