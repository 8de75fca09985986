(register := lambda: None)
