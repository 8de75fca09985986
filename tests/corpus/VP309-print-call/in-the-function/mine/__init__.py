def register():
    print("mine loaded")
