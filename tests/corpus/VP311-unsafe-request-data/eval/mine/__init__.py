def register():
    return "mine.io.Processor"
