NAME = "Zerstört"


def register():
    return None
