from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


def register():
    try:
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
    except TypeError:
        KVConnectorFactory.register_connector("Mine", "mine.other", "Mine")
