class register:
    def __init__(self, app):
        self.app = app
