_done = False


def register():
    global _done
    if _done:
        return
    _done = True
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
