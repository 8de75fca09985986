from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


def _both():
    KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")


def one():
    _both()


def two():
    _both()
