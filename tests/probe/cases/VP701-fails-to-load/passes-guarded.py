# group: vllm.general_plugins

try:
    import acme_missing
except ImportError:
    acme_missing = None


def register():
    pass
