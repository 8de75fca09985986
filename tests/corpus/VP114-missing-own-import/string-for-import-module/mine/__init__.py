import importlib


def register():
    importlib.import_module("mine.lost")
