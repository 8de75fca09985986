from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


def one():
    KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")


def two():
    KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
