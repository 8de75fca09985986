from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


import os


def register():
    if os.environ.get("MINE"):
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
        return
    KVConnectorFactory.register_connector("Mine", "mine.other", "Mine")
