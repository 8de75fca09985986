# group: vllm.platform_plugins
# says: acme_absent.Acme cannot be imported: ModuleNotFoundError: No module named 'acme_absent'; in vLLM: not caught


def register():
    return 'acme_absent.Acme'
