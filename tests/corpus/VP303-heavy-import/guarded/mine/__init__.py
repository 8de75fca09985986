try:
    import tensorflow
except ImportError:
    tensorflow = None

def register():
    pass
