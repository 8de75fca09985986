# group: vllm.general_plugins
# says: calling it gives a generator, and vLLM runs nothing of it
def register():
    yield
