from .routes import router


class Endpoint:
    def attach_router(self, app):
        from .routes import router

        app.include_router(router)
