def register(app):
    return app
