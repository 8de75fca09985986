exec("X = 1")
