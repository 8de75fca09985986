# group: vllm.io_processor_plugins
# says: vLLM makes it with (vllm_config, renderer)

def register():
    return 'probed.Processor'


from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def __init__(self, vllm_config):
        pass

    def pre_process(self, prompt):
        pass
