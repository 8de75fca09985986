def register():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    try:
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
    except ValueError:
        raise
