globals().update({"register": lambda: None})
