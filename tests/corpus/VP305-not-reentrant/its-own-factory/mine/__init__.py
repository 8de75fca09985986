class KVConnectorFactory:
    @classmethod
    def register_connector(cls, name, module, cls_name):
        pass


def register():
    KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
