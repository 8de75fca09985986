import importlib

TABLE = (
    f"{__package__}.aliases:install",
)


def register():
    for text in TABLE:
        module, _, name = text.partition(":")
        getattr(importlib.import_module(module), name)()


LOGGER = "mine.lost.log"
FILE = "mine.toml"
TEXT = "see mine.lost:install"
OTHER = f"{__package__}.lost"
