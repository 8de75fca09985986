def register():
    pass


def main():
    print("a")
