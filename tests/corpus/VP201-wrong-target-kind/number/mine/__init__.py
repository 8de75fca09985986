register = 3
