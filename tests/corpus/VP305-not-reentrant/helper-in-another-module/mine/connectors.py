from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


def register_all():
    KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
