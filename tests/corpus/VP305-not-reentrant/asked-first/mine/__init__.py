def register():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    if "Mine" not in KVConnectorFactory._registry:
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
