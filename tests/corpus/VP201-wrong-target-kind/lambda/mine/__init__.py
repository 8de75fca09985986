register = lambda: None
