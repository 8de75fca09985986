from vllm.plugins.endpoint_plugins.interface import EndpointPlugin


class Mine(EndpointPlugin):
    name = "mine"
    required_tasks = None

    def attach_router(self, app):
        pass

    def init_state(self, engine_client, state, args):
        pass
