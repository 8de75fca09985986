def register():
    import vllm.utils as utils

    utils.cdiv = None
