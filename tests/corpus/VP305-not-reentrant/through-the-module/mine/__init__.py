def register():
    import vllm.distributed.kv_transfer.kv_connector.factory as factory

    factory.KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
