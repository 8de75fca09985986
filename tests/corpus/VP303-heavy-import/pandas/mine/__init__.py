import pandas

def register():
    pass
