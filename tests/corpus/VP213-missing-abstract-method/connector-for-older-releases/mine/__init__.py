from packaging.version import Version
import vllm


def register():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    if Version(vllm.__version__) < Version("0.20"):
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
