import importlib.util


def register():
    if importlib.util.find_spec("torch_mine") is None:
        return None
    return "mine.platform.MinePlatform"
