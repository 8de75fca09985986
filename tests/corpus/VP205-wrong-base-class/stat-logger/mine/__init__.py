class register:
    def record(self):
        pass
