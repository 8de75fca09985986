# group: vllm.io_processor_plugins
# says: probed.Processor cannot be imported: AttributeError

def register():
    return 'probed.Processor'
