def register():
    # print("a")
    pass
