"""Mine."""

from contextlib import suppress

from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", "mine.model:Mine")
    with suppress(ImportError):
        from vllm.attention.layer import Attention  # noqa: F401
        from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

        KVConnectorFactory.register_connector(NAME, "mine.model", "Mine")
    with suppress(ImportError):
        from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

        KVConnectorFactory.register_connector("Mine", "mine.model", "Mine")
