def register():
    with open("/tmp/x", "w") as file:
        print("a", file=file)
