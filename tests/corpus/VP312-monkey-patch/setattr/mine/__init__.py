def register():
    from vllm import utils

    setattr(utils, "cdiv", None)
