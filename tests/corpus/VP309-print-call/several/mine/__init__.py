def register():
    print("a")
    print("b")
