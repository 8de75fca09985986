def register():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    KVConnectorFactory.register_connector("Mine", "vllm.distributed.kv_transfer.kv_connector.v1.nixl_connector", "NixlConnector")
