from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


def register():
    for name in ("A", "B"):
        KVConnectorFactory.register_connector(name, "mine.connector", name)
