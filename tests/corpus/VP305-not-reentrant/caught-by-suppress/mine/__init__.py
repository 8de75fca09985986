import contextlib


def register():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    with contextlib.suppress(ValueError):
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
