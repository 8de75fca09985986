def register():
    return "mine.processor.P"
