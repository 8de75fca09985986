import importlib.util


def register():
    if importlib.util.find_spec("torch_mine"):
        return "mine.platform.MinePlatform"
