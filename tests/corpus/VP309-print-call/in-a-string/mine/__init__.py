HELP = "print(1)"


def register():
    """Does not print("a")."""
