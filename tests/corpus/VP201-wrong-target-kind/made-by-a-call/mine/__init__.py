def make():
    return type("Processor", (), {})


register = make()
