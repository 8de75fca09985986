from rich import print


def register():
    print("a")
