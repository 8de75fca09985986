def register():
    import torch_mine

    return "mine.platform.MinePlatform"
