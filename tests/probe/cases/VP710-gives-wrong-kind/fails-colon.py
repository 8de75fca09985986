# group: vllm.io_processor_plugins
# says: splits names at dots

def register():
    return 'probed:Processor'
