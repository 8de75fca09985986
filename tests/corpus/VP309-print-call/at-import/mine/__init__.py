print("mine loaded")

def register():
    pass
