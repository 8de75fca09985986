def register():
    return "vllm.mine.platform.P"
