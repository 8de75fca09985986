# group: vllm.io_processor_plugins
# says: does not derive from vllm.plugins.io_processors.interface.IOProcessor

def register():
    return 'probed.Processor'


class Processor:
    def __init__(self, vllm_config, renderer):
        pass
