register = lambda config: None
