from .processor import MyProcessor


def register():
    return MyProcessor
