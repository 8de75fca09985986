def register():
    try:
        import torch_mine
    except ImportError:
        return None
    return "mine.platform.MinePlatform"
