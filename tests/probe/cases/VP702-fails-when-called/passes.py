# group: vllm.general_plugins

def register():
    return 17  # ignored, as vLLM ignores it
