def register():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    KVConnectorFactory.register_connector("A", "mine.a", "A")
    KVConnectorFactory.register_connector("B", "mine.b", "B")
