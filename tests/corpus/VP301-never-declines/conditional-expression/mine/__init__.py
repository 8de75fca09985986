import importlib.util


def register():
    return "mine.platform.MinePlatform" if importlib.util.find_spec("torch_mine") else None
