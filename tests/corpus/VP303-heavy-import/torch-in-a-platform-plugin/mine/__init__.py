import torch

def register():
    return "mine.platform.MinePlatform"
