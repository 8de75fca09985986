if __name__ == "__main__":
    from .gone import X


def register():
    pass
