from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


def register():
    KVConnectorFactory.register_connector(name="Mine", module_path="mine.a", class_name="A")
    KVConnectorFactory.register_connector(name="Mine", module_path="mine.b", class_name="B")
