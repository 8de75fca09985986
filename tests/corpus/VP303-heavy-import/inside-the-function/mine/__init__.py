def register():
    import tensorflow
