from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory


import vllm
from packaging.version import Version


def register():
    if Version(vllm.__version__) < Version("0.20"):
        KVConnectorFactory.register_connector("Mine", "mine.old", "Mine")
    else:
        KVConnectorFactory.register_connector("Mine", "mine.connector", "Mine")
