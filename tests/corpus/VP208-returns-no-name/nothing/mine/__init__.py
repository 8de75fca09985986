def register():
    print("not here")
