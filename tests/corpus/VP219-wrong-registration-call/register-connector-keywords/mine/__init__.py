from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


def register():
    KVConnectorFactory.register_connector(name="Mine", module_path="mine.connector", class_name="Mine")
