def register():
    try:
        import torch_mine  # noqa: F401
    except ImportError:
        return None
    return "mine.platform.MyPlatform"
