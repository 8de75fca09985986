# group: vllm.io_processor_plugins
# says: is abstract: pre_process is not defined

def register():
    return 'probed.Processor'


from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    pass
