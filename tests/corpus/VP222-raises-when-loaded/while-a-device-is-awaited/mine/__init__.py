def register():
    while True:
        if open("x"):
            break
    assert False
