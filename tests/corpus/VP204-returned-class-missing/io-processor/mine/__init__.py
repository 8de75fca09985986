def register():
    return "mine.processor.Processor"
