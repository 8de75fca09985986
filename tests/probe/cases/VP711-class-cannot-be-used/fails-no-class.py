# group: vllm.io_processor_plugins
# says: is no class

def processor():
    pass


def register():
    return 'probed.processor'
