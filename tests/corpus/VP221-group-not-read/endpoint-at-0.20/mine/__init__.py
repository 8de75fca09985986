class Mine:
    name = "mine"
    required_tasks = None

    def attach_router(self, app):
        pass
