exec("def register(): pass")
