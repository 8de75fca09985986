from .registry import register_all


def register():
    register_all()
