def register():
    import vllm

    if vllm.__version__ < "0.20":
        vllm.LLM = None
