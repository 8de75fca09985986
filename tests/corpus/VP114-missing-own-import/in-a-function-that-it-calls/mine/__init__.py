from .a import go


def register():
    go()
