import os


def register():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    if os.environ.get("MINE"):
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
