from .gone import X  # vplug: ignore[VP114]

def register():
    pass
