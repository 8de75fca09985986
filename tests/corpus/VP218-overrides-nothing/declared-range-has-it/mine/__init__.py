def register():
    return "mine.processor.MyProcessor"
