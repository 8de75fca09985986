from . import patches

patches.apply()


def register():
    pass
